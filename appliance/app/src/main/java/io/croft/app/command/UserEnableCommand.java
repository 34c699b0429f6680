package io.croft.app.command;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `croft user enable`: lets a user in again.
@Command(
    name = "enable",
    description = "Lets a user in again.",
    footer = {"", "Example:", "  croft user enable alice"})
final class UserEnableCommand implements Callable<Integer> {
  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();

  @Parameters(paramLabel = "NAME", description = "The user.")
  private String name = "";

  UserEnableCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    LocalUserCalls.requireName(name);
    try (var calls = new LocalUserCalls(common.configuration(shell))) {
      calls.setDisabled(name, false);
    }
    shell.out().println("user %s enabled".formatted(name));
    return ExitCode.DONE.code();
  }
}
