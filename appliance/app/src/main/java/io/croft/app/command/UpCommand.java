package io.croft.app.command;

import io.croft.app.config.Configuration;
import io.croft.app.config.Engine;
import io.croft.app.runtime.EngineChoice;
import io.croft.fleet.agent.JoinException;
import io.croft.fleet.agent.NodeDirectory;
import io.croft.fleet.agent.NodeDirectory.Membership;
import io.croft.fleet.proof.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `croft up`: runs the appliance.
@Command(
    name = "up",
    description =
        "Runs the appliance in the foreground until it is told to stop; one that has joined another"
            + " as edge is a member there as well. Runs what a joined host runs (croft join), where"
            + " the data directory is of one.",
    footer = {"", "Example:", "  croft up --detach --listen 0.0.0.0:8443"})
final class UpCommand implements Callable<Integer> {
  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();

  @Option(
      names = "--detach",
      description =
          "Run in the background; return once ready, or with the error. Fine when it runs already.")
  private boolean detach;

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      description =
          "Where to serve; port 0 takes a free one. Default: 0.0.0.0:8443. Environment:"
              + " CROFT_LISTEN.")
  private @Nullable String listen;

  @Option(
      names = "--engine",
      paramLabel = "ENGINE",
      description =
          "What serves the Kubernetes API: embedded, k3s, or auto, which stays with the engine that"
              + " the data directory has, and begins with embedded. Default: auto."
              + " Environment: CROFT_ENGINE.")
  private @Nullable String engine;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "Settings. Default: config.yaml in the data directory. Environment: CROFT_CONFIG.")
  private @Nullable Path config;

  @Spec private CommandSpec spec = CommandSpec.create();

  UpCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    var options = new HashMap<String, @Nullable String>();
    options.put("listen", listen);
    options.put("engine", engine);
    Configuration configuration = common.configuration(shell, config, options);
    if (isHost(configuration.dataDir())) {
      return new JoinCommand(shell, detach).run(configuration);
    }
    tellEngine(requireEngine(configuration), configuration);
    ExitCode code =
        detach
            ? new BackgroundRun(shell, configuration).run(withoutDetach())
            : new ForegroundRun(shell, configuration).run();
    return code.code();
  }

  /// The arguments of this very call, for the process in the background.
  private List<String> withoutDetach() {
    return spec.root().commandLine().getParseResult().originalArgs().stream()
        .filter(argument -> !argument.startsWith("--detach"))
        .toList();
  }

  /// Whether this is of an agent or a server, where no control plane must begin by a mistyped
  /// directory.
  private boolean isHost(Path dataDir) throws IOException {
    Optional<Membership> joined;
    try {
      joined = NodeDirectory.at(dataDir).membership();
    } catch (JoinException e) {
      throw new CommandException(ExitCode.FAILED, String.valueOf(e.getMessage()), e);
    }
    if (joined.isEmpty() || joined.get().role() == Role.EDGE) {
      return false;
    }
    if (joined.get().role() == Role.SERVER) { // also one whose promotion was interrupted
      shell
          .err()
          .printf(
              "this host is a server of %s; to have it take the appliance's place: croft promote"
                  + " --data-dir %s%n",
              joined.get().server(), dataDir);
      return true;
    }
    return Files.notExists(dataDir.resolve("pki"));
  }

  /// @throws CommandException when the settings name one that is not served
  static EngineChoice requireEngine(Configuration configuration) throws IOException {
    try {
      return EngineChoice.of(configuration);
    } catch (IllegalArgumentException e) {
      throw new CommandException(ExitCode.WRONG_USAGE, String.valueOf(e.getMessage()), e);
    }
  }

  /// What was chosen, where that was left open. The process in the background says it, too.
  private void tellEngine(EngineChoice choice, Configuration configuration) {
    boolean open = configuration.settings().get(Configuration.ENGINE) == Engine.AUTO;
    if (open && !detach) {
      shell.err().printf("engine: %s (%s)%n", choice.engine().text(), choice.reason());
    }
  }
}
