package io.croft.app.command;

import java.io.PrintWriter;
import java.nio.charset.Charset;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `croft` itself: knows its commands, and how an error ends one.
@Command(
    name = "croft",
    description = "The platform above Kubernetes in one binary.",
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    optionListHeading = "%nOptions:%n",
    footer = {
      "",
      "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not ready, 4 not allowed.",
      "",
      "Example:",
      "  croft up --detach && croft status"
    })
public final class CroftCommand implements Runnable {
  private static final int HELP_WIDTH = 100;

  @Mixin final CommonOptions common = new CommonOptions();
  @Spec private CommandSpec spec = CommandSpec.create();

  private CroftCommand() {}

  /// Runs the command that `arguments` name.
  ///
  /// @return its exit code
  public static int run(Shell shell, String... arguments) {
    return commandLine(shell).execute(arguments);
  }

  static CommandLine commandLine(Shell shell) {
    var errors = new ErrorReport(shell.err());
    CommandLine croft =
        new CommandLine(new CroftCommand())
            .addSubcommand(new UpCommand(shell))
            .addSubcommand(new DownCommand(shell))
            .addSubcommand(new StatusCommand(shell))
            .addSubcommand(new KubeconfigCommand(shell))
            .addSubcommand(
                new CommandLine(new ConfigCommand())
                    .addSubcommand(new ConfigShowCommand(shell))
                    .addSubcommand(new ConfigValidateCommand(shell)))
            .addSubcommand(new VersionCommand(shell))
            .addSubcommand(new CompletionCommand(shell));
    return croft
        .setOut(new PrintWriter(shell.out(), true, Charset.defaultCharset()))
        .setErr(new PrintWriter(shell.err(), true, Charset.defaultCharset()))
        .setUsageHelpWidth(HELP_WIDTH)
        .setParameterExceptionHandler(errors)
        .setExecutionExceptionHandler(errors)
        .setExitCodeExceptionMapper(error -> ErrorReport.exitCode(error).code());
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }
}
