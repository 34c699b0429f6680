package io.croft.app.command;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `croft user passwd`: another password; what the user has open ends.
@Command(
    name = "passwd",
    description = "Sets a new password. What the user has open ends.",
    footer = {"", "Example:", "  croft user passwd alice"})
final class UserPasswdCommand implements Callable<Integer> {
  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();

  @Mixin final PasswordOption password = new PasswordOption();

  @Parameters(paramLabel = "NAME", description = "The user.")
  private String name = "";

  UserPasswdCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    LocalUserCalls.requireName(name);
    String read = password.read();
    try (var calls = new LocalUserCalls(common.configuration(shell))) {
      calls.setPassword(calls.user(name), read);
    }
    shell.out().println("password of %s changed".formatted(name));
    return ExitCode.DONE.code();
  }
}
