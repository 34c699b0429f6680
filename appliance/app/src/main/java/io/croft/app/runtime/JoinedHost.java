package io.croft.app.runtime;

import io.croft.base.AtomicFiles;
import io.croft.base.DataDirectory;
import io.croft.base.Settings;
import io.croft.fleet.agent.Contact;
import io.croft.fleet.agent.JoinException;
import io.croft.fleet.agent.NodeAgent;
import io.croft.fleet.agent.NodeDirectory;
import io.croft.fleet.agent.NodeDirectory.Membership;
import io.croft.fleet.agent.ServerLink;
import io.croft.fleet.agent.Standby;
import io.croft.fleet.proof.Role;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The process of a host that has joined as agent or server: its agent, its log, and a mark by
/// which others see that the appliance has heard of it.
public final class JoinedHost implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(JoinedHost.class);

  private final DataDirectory directory;
  private final NodeDirectory node;
  private final Settings settings;
  private volatile Membership membership;
  private final HostContainers containers;
  private volatile @Nullable NodeAgent agent;

  private JoinedHost(
      DataDirectory directory, NodeDirectory node, Settings settings, Membership membership) {
    this.directory = directory;
    this.node = node;
    this.settings = settings;
    this.membership = membership;
    this.containers = new HostContainers(directory, settings, () -> this.membership);
  }

  public static JoinedHost open(
      DataDirectory directory, NodeDirectory node, Settings settings, Membership membership)
      throws IOException {
    ApplianceLog.writeTo(directory.logs());
    AtomicFiles.ensurePrivateDirectory(directory.run());
    HeardMark.clear(directory.root());
    return new JoinedHost(directory, node, settings, membership);
  }

  /// Does not return while the host is one of the appliance's.
  ///
  /// @param heard told once, when the appliance has heard of it
  public void run(Runnable heard) throws IOException, InterruptedException, JoinException {
    String key = node.fingerprint();
    var program =
        new NodeAgent.Program(
            directory.root(),
            Version.current().croft(),
            Optional::empty,
            link -> standby(link, key),
            containers);
    Contact contact = new FirstBeat(heard);
    containers.start();
    while (true) {
      membership = node.membership().orElse(membership); // where the appliance is now
      LOG.atInfo()
          .addKeyValue("node", membership.name())
          .addKeyValue("server", membership.server())
          .log("the host's agent runs");
      try (var runs = new NodeAgent(node, membership, program, InstantSource.system(), contact)) {
        agent = runs;
        runs.run();
      }
    }
  }

  private Optional<Standby> standby(ServerLink link, String key) {
    return membership.role() == Role.SERVER
        ? Optional.of(
            new StandbyCopy(
                link,
                membership.name(),
                key,
                directory.root(),
                () -> PkiSettings.keys(settings),
                InstantSource.system()))
        : Optional.empty();
  }

  private final class FirstBeat implements Contact {
    private final Runnable told;
    private boolean heard;

    FirstBeat(Runnable told) {
      this.told = told;
    }

    @Override
    public void heard() {
      if (heard) {
        return;
      }
      heard = true;
      try {
        HeardMark.set(directory.root(), membership.name());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      told.run();
    }

    /// The agent writes it to the log.
    @Override
    public void missed(String cause) {}
  }

  /// Also ends the agent, from whatever thread, so that no script of it goes on.
  @Override
  public void close() throws IOException {
    NodeAgent running = agent;
    if (running != null) {
      running.close();
    }
    containers.close();
    HeardMark.clear(directory.root());
    directory.close();
  }
}
