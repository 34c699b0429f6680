package io.croft.app.command;

import io.croft.app.support.LogFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `croft logs`: what the appliance has written down.
@Command(
    name = "logs",
    description = "Prints a log, and with -f what is added to it.",
    footer = {"", "Example:", "  croft logs audit --tail 20 -f"})
final class LogsCommand implements Callable<Integer> {
  private static final String SUFFIX = ".log";

  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();

  @Parameters(
      paramLabel = "LOG",
      arity = "0..1",
      defaultValue = "croft",
      description =
          "croft, what the appliance does; audit, what users do; k3s, what that engine says."
              + " Default: croft.")
  private String log = "croft";

  @Option(
      names = {"-f", "--follow"},
      description = "Go on until interrupted.")
  private boolean follow;

  @Option(
      names = "--tail",
      paramLabel = "LINES",
      description = "Begin with so many of the last lines. Default: all of the newest file.")
  private int tail = Integer.MAX_VALUE;

  LogsCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    Path logs = common.configuration(shell).dataDir().resolve("logs");
    if (tail < 0) {
      throw new CommandException(ExitCode.WRONG_USAGE, "--tail must be 0 or more, not " + tail);
    }
    List<String> known = known(logs);
    if (!known.contains(log)) {
      throw new CommandException(
          known.isEmpty() ? ExitCode.FAILED : ExitCode.WRONG_USAGE,
          known.isEmpty()
              ? "there are no logs in %s yet; start croft: croft up".formatted(logs)
              : "there is no log %s; there are: %s".formatted(log, String.join(", ", known)));
    }
    var file = new LogFile(logs.resolve(log + SUFFIX));
    file.print(tail, shell.out());
    if (follow) {
      file.follow(shell.out());
    }
    return ExitCode.DONE.code();
  }

  /// The names of the logs, without the predecessors that were rotated away.
  private static List<String> known(Path logs) throws Exception {
    if (!Files.isDirectory(logs)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(logs)) {
      return files
          .map(file -> String.valueOf(file.getFileName()))
          .filter(name -> name.matches("[a-z][a-z0-9-]{0,62}\\.log"))
          .map(name -> name.substring(0, name.length() - SUFFIX.length()))
          .sorted()
          .collect(Collectors.toList());
    }
  }
}
