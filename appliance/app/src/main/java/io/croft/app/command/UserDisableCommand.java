package io.croft.app.command;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `croft user disable`: locks a user out, at once.
@Command(
    name = "disable",
    description = "Locks a user out. What the user has open ends at once.",
    footer = {"", "Example:", "  croft user disable alice"})
final class UserDisableCommand implements Callable<Integer> {
  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();

  @Parameters(paramLabel = "NAME", description = "The user.")
  private String name = "";

  UserDisableCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    LocalUserCalls.requireName(name);
    try (var calls = new LocalUserCalls(common.configuration(shell))) {
      calls.setDisabled(name, true);
      calls.endSessions(name);
    }
    shell.out().println("user %s disabled".formatted(name));
    return ExitCode.DONE.code();
  }
}
