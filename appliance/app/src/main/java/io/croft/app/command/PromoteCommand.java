package io.croft.app.command;

import io.croft.app.config.Configuration;
import io.croft.app.runtime.PkiSettings;
import io.croft.app.runtime.Promotion;
import io.croft.app.runtime.Promotion.Promoted;
import io.croft.app.terminal.Progress;
import io.croft.base.DataDirectory;
import io.croft.base.HostPort;
import io.croft.fleet.agent.JoinException;
import io.croft.fleet.agent.NodeDirectory;
import io.croft.fleet.agent.NodeDirectory.Membership;
import io.croft.fleet.agent.Standing;
import io.croft.fleet.proof.Role;
import io.croft.pki.KeyEncoding;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `croft promote`: a host takes the place of the appliance that it has a copy of.
@Command(
    name = "promote",
    description = {
      "Makes this host, which has joined as server, the appliance: of its copy of the store and the"
          + " keys. What the appliance has acknowledged since the time that is shown may be"
          + " missing.",
      "The appliance must have ended, and must not serve again: once this one serves, the other one"
          + " does not start if it reaches it. Stop the host's agent before (croft down)."
          + " The other hosts come here by themselves within about two minutes, if this one serves"
          + " at the appliance's port."
    },
    footer = {"", "Example:", "  croft down && croft promote && croft up --detach"})
final class PromoteCommand implements Callable<Integer> {
  private static final int HTTPS = 443;

  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();

  @Option(
      names = "--force",
      description =
          "Also while the appliance still serves (this one starts once that is stopped), and of a"
              + " copy that has lost its last changes.")
  private boolean force;

  PromoteCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    Configuration configuration = common.configuration(shell);
    Path dataDir = configuration.dataDir();
    try {
      requireServer(dataDir, NodeDirectory.at(dataDir)); // before there is a data directory
      promote(configuration);
    } catch (JoinException e) {
      throw new CommandException(ExitCode.FAILED, String.valueOf(e.getMessage()), e);
    }
    return ExitCode.DONE.code();
  }

  private void promote(Configuration configuration) throws Exception {
    Path dataDir = configuration.dataDir();
    KeyEncoding encoding = PkiSettings.keys(configuration.settings());
    try (DataDirectory directory = DataDirectory.open(dataDir)) {
      var node = NodeDirectory.open(directory.root());
      Membership membership = requireServer(dataDir, node);
      Instant copied =
          Promotion.copied(dataDir)
              .orElseThrow(() ->
                  new CommandException(
                      ExitCode.NOT_READY,
                      "this host has no copy of %s yet; there: croft node approve --server %s"
                          .formatted(membership.server(), membership.name())));
      requireEnd(node, membership);
      var progress = Progress.on(shell.err(), shell.interactive());
      progress.doing("copy", "of " + copied.truncatedTo(ChronoUnit.SECONDS));
      Promoted promoted = Promotion.run(directory, node, encoding, force);
      progress.done("copy", "whole");
      progress.settle();
      tell(configuration, membership, promoted);
    }
  }

  private static Membership requireServer(Path dataDir, NodeDirectory node) throws Exception {
    Optional<Membership> joined = node.membership();
    Optional<URI> predecessor = node.predecessor();
    if (predecessor.isPresent()) {
      throw new CommandException(
          ExitCode.WRONG_USAGE,
          "the data directory %s is an appliance's already, which has taken the place of %s"
              .formatted(dataDir, predecessor.get()));
    }
    if (joined.filter(m -> m.role() == Role.SERVER).isEmpty()) {
      throw new CommandException(
          ExitCode.WRONG_USAGE,
          "the data directory %s is not of a host that has joined as server%s"
              .formatted(
                  dataDir, joined.isPresent() ? ", but as " + joined.get().role().text() : ""));
    }
    return joined.get();
  }

  private void requireEnd(NodeDirectory node, Membership membership) throws Exception {
    if (!force && Standing.serves(node, membership, InstantSource.system())) {
      throw new CommandException(
          ExitCode.NOT_ALLOWED,
          membership.server()
              + " still serves: stop it before (croft down), so that nothing is lost, or say"
              + " --force");
    }
  }

  private void tell(Configuration configuration, Membership membership, Promoted promoted) {
    Duration age = Duration.between(promoted.time(), Instant.now());
    shell
        .out()
        .printf(
            "this host is the appliance, as it was at %s, %d s ago, or later (revision %d)%n",
            promoted.time().truncatedTo(ChronoUnit.SECONDS), age.toSeconds(), promoted.revision());
    shell
        .err()
        .printf(
            "start it: croft up --data-dir %s%s; it is no node any more: croft node remove %s%n",
            configuration.dataDir(),
            listen(configuration.settings().get(Configuration.LISTEN), membership.server()),
            membership.name());
  }

  /// The other hosts look for it at the appliance's port.
  private static String listen(HostPort configured, URI appliance) {
    int port = appliance.getPort() < 0 ? HTTPS : appliance.getPort();
    return configured.port() == port ? "" : " --listen " + configured.host() + ":" + port;
  }
}
