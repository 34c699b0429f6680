package io.croft.app.command;

import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
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

  /// It completes all others, so it needs them.
  private static final String COMPLETION = "completion";

  private static final Map<String, Function<Shell, CommandLine>> COMMANDS = commands();

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
    String first = arguments.length == 0 ? "" : arguments[0];
    return commandLine(shell, first).execute(arguments);
  }

  /// With all commands.
  static CommandLine commandLine(Shell shell) {
    return configured(shell, COMMANDS.values());
  }

  /// With the one command that is called. What it is made of is read by reflection, and to read all
  /// of them takes longer than most do. Whoever asks for help or mistypes gets to know them all.
  static CommandLine commandLine(Shell shell, String called) {
    Function<Shell, CommandLine> command = COMMANDS.get(called);
    return command == null || called.equals(COMPLETION)
        ? commandLine(shell)
        : configured(shell, List.of(command));
  }

  /// By name, in the order of the help.
  private static Map<String, Function<Shell, CommandLine>> commands() {
    var commands = new LinkedHashMap<String, Function<Shell, CommandLine>>();
    commands.put("up", shell -> new CommandLine(new UpCommand(shell)));
    commands.put("down", shell -> new CommandLine(new DownCommand(shell)));
    commands.put("status", shell -> new CommandLine(new StatusCommand(shell)));
    commands.put("doctor", shell -> new CommandLine(new DoctorCommand(shell)));
    commands.put("logs", shell -> new CommandLine(new LogsCommand(shell)));
    commands.put("support-bundle", shell -> new CommandLine(new SupportBundleCommand(shell)));
    commands.put("join", shell -> new CommandLine(new JoinCommand(shell)));
    commands.put("promote", shell -> new CommandLine(new PromoteCommand(shell)));
    commands.put("node", CroftCommand::node);
    commands.put("kubeconfig", shell -> new CommandLine(new KubeconfigCommand(shell)));
    commands.put("config", CroftCommand::config);
    commands.put("store", CroftCommand::store);
    commands.put("bundle", CroftCommand::bundle);
    commands.put("cert", CroftCommand::cert);
    commands.put("user", CroftCommand::user);
    commands.put("login", shell -> new CommandLine(new LoginCommand(shell)));
    commands.put("token", CroftCommand::token);
    commands.put("logout", shell -> new CommandLine(new LogoutCommand(shell)));
    commands.put("version", shell -> new CommandLine(new VersionCommand(shell)));
    commands.put(COMPLETION, shell -> new CommandLine(new CompletionCommand(shell)));
    return commands;
  }

  private static CommandLine node(Shell shell) {
    return new CommandLine(new NodeCommand())
        .addSubcommand(new NodeListCommand(shell))
        .addSubcommand(new NodeComponentsCommand(shell))
        .addSubcommand(new NodeApproveCommand(shell))
        .addSubcommand(new NodeCordonCommand.Cordon(shell))
        .addSubcommand(new NodeCordonCommand.Uncordon(shell))
        .addSubcommand(new NodeDrainCommand(shell))
        .addSubcommand(new NodeRemoveCommand(shell));
  }

  private static CommandLine token(Shell shell) {
    return new CommandLine(new TokenCommand(shell))
        .addSubcommand(new TokenCreateCommand(shell))
        .addSubcommand(new TokenListCommand(shell))
        .addSubcommand(new TokenRevokeCommand(shell));
  }

  private static CommandLine config(Shell shell) {
    return new CommandLine(new ConfigCommand())
        .addSubcommand(new ConfigShowCommand(shell))
        .addSubcommand(new ConfigValidateCommand(shell));
  }

  private static CommandLine store(Shell shell) {
    return new CommandLine(new StoreCommand())
        .addSubcommand(new StoreServeCommand(shell))
        .addSubcommand(new StoreCheckCommand(shell))
        .addSubcommand(new StoreSnapshotCommand(shell))
        .addSubcommand(new StoreRestoreCommand(shell))
        .addSubcommand(new StoreSalvageCommand(shell))
        .addSubcommand(new StoreCompactCommand(shell))
        .addSubcommand(new StoreExportCommand(shell))
        .addSubcommand(new StoreImportCommand(shell));
  }

  private static CommandLine bundle(Shell shell) {
    return new CommandLine(new BundleCommand())
        .addSubcommand(new BundleCreateCommand(shell))
        .addSubcommand(new BundleVerifyCommand(shell));
  }

  private static CommandLine cert(Shell shell) {
    return new CommandLine(new CertCommand())
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
                .addSubcommand(new CertCaRetireCommand(shell)));
  }

  private static CommandLine user(Shell shell) {
    return new CommandLine(new UserCommand())
        .addSubcommand(new UserCreateCommand(shell))
        .addSubcommand(new UserListCommand(shell))
        .addSubcommand(new UserPasswdCommand(shell))
        .addSubcommand(new UserTotpCommand(shell))
        .addSubcommand(new UserDisableCommand(shell))
        .addSubcommand(new UserEnableCommand(shell))
        .addSubcommand(new UserDeleteCommand(shell));
  }

  private static CommandLine configured(
      Shell shell, Collection<Function<Shell, CommandLine>> commands) {
    var errors = new ErrorReport(shell.err());
    var croft = new CommandLine(new CroftCommand());
    commands.forEach(command -> croft.addSubcommand(command.apply(shell)));
    croft.addSubcommand(new HelpCommand());
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
