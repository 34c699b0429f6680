package io.croft.app.command;

import java.io.PrintWriter;
import java.nio.charset.Charset;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `croft` itself: knows its commands, and how an error ends one.
@Command(
    name = "croft",
    versionProvider = VersionCommand.Provider.class,
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

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show which croft this is.")
  boolean version;

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
            .addSubcommand(new DoctorCommand(shell))
            .addSubcommand(new LogsCommand(shell))
            .addSubcommand(new SupportBundleCommand(shell))
            .addSubcommand(new JoinCommand(shell))
            .addSubcommand(
                new CommandLine(new NodeCommand())
                    .addSubcommand(new NodeListCommand(shell))
                    .addSubcommand(new NodeApproveCommand(shell))
                    .addSubcommand(new NodeCordonCommand.Cordon(shell))
                    .addSubcommand(new NodeCordonCommand.Uncordon(shell))
                    .addSubcommand(new NodeDrainCommand(shell))
                    .addSubcommand(new NodeRemoveCommand(shell)))
            .addSubcommand(new KubeconfigCommand(shell))
            .addSubcommand(
                new CommandLine(new ConfigCommand())
                    .addSubcommand(new ConfigShowCommand(shell))
                    .addSubcommand(new ConfigValidateCommand(shell)))
            .addSubcommand(
                new CommandLine(new StoreCommand())
                    .addSubcommand(new StoreServeCommand(shell))
                    .addSubcommand(new StoreCheckCommand(shell))
                    .addSubcommand(new StoreSnapshotCommand(shell))
                    .addSubcommand(new StoreRestoreCommand(shell))
                    .addSubcommand(new StoreSalvageCommand(shell))
                    .addSubcommand(new StoreCompactCommand(shell))
                    .addSubcommand(new StoreExportCommand(shell))
                    .addSubcommand(new StoreImportCommand(shell)))
            .addSubcommand(
                new CommandLine(new CertCommand())
                    .addSubcommand(new CertListCommand(shell))
                    .addSubcommand(new CertPlanCommand(shell))
                    .addSubcommand(new CertRenewCommand(shell))
                    .addSubcommand(new CertRevokeCommand(shell))
                    .addSubcommand(
                        new CommandLine(new CertCaCommand())
                            .addSubcommand(new CertCaListCommand(shell))
                            .addSubcommand(new CertCaShowCommand(shell))
                            .addSubcommand(new CertCaRotateCommand(shell))
                            .addSubcommand(new CertCaImportCommand(shell))
                            .addSubcommand(new CertCaRetireCommand(shell))))
            .addSubcommand(
                new CommandLine(new UserCommand())
                    .addSubcommand(new UserCreateCommand(shell))
                    .addSubcommand(new UserListCommand(shell))
                    .addSubcommand(new UserPasswdCommand(shell))
                    .addSubcommand(new UserTotpCommand(shell))
                    .addSubcommand(new UserDisableCommand(shell))
                    .addSubcommand(new UserEnableCommand(shell))
                    .addSubcommand(new UserDeleteCommand(shell)))
            .addSubcommand(new LoginCommand(shell))
            .addSubcommand(
                new CommandLine(new TokenCommand(shell))
                    .addSubcommand(new TokenCreateCommand(shell))
                    .addSubcommand(new TokenListCommand(shell))
                    .addSubcommand(new TokenRevokeCommand(shell)))
            .addSubcommand(new LogoutCommand(shell))
            .addSubcommand(new VersionCommand(shell))
            .addSubcommand(new CompletionCommand(shell))
            .addSubcommand(new HelpCommand());
    return croft
        .setOut(new PrintWriter(shell.out(), true, Charset.defaultCharset()))
        .setErr(new PrintWriter(shell.err(), true, Charset.defaultCharset()))
        .setUsageHelpWidth(HELP_WIDTH)
        .setParameterExceptionHandler(errors)
        .setExecutionExceptionHandler(errors)
        .setExitCodeExceptionMapper(error -> ErrorReport.exitCode(error).code());
  }

  /// Whoever does not know what to type gets to know it.
  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
