package io.croft.app.runtime;

import io.croft.base.AtomicFiles;
import io.croft.base.DataDirectory;
import io.croft.fleet.agent.JoinException;
import io.croft.fleet.agent.NodeAgent;
import io.croft.fleet.agent.NodeDirectory;
import io.croft.fleet.agent.NodeDirectory.Membership;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The process of a host that has joined: its agent, its log, and a mark by which others see that
/// the appliance has heard of it.
public final class JoinedHost implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(JoinedHost.class);

  private final DataDirectory directory;
  private final NodeDirectory node;
  private final Membership membership;
  private volatile @Nullable NodeAgent agent;

  private JoinedHost(DataDirectory directory, NodeDirectory node, Membership membership) {
    this.directory = directory;
    this.node = node;
    this.membership = membership;
  }

  public static JoinedHost open(DataDirectory directory, NodeDirectory node, Membership membership)
      throws IOException {
    ApplianceLog.writeTo(directory.logs());
    AtomicFiles.ensurePrivateDirectory(directory.run());
    forget(directory);
    return new JoinedHost(directory, node, membership);
  }

  /// Does not return while the host is one of the appliance's.
  ///
  /// @param heard told once, when the appliance has heard of it
  public void run(Runnable heard) throws IOException, InterruptedException, JoinException {
    LOG.atInfo()
        .addKeyValue("node", membership.name())
        .addKeyValue("server", membership.server())
        .log("the host's agent runs");
    Runnable mark =
        () -> {
          mark();
          heard.run();
        };
    String version = Version.current().croft();
    try (var runs =
        new NodeAgent(node, directory.root(), membership, version, InstantSource.system(), mark)) {
      agent = runs;
      runs.run();
    }
  }

  private void mark() {
    try {
      AtomicFiles.write(file(directory.root()), membership.name() + "\n", AtomicFiles.SECRET);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Whether the appliance has heard of the host whose agent runs.
  public static boolean isHeard(Path dataDirectory) {
    return Files.exists(file(dataDirectory));
  }

  /// Takes away what an agent that was killed could not.
  public static void forget(DataDirectory directory) throws IOException {
    Files.deleteIfExists(file(directory.root()));
  }

  private static Path file(Path dataDirectory) {
    return dataDirectory.resolve("run").resolve("node");
  }

  /// Also ends the agent, from whatever thread, so that no script of it goes on.
  @Override
  public void close() throws IOException {
    NodeAgent running = agent;
    if (running != null) {
      running.close();
    }
    forget(directory);
    directory.close();
  }
}
