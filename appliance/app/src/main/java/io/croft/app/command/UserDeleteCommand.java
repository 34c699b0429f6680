package io.croft.app.command;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `croft user delete`: takes a user away, with all that belongs to it.
@Command(
    name = "delete",
    description = "Deletes a user. What the user has open ends at once.",
    footer = {"", "Example:", "  croft user delete alice"})
final class UserDeleteCommand implements Callable<Integer> {
  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();

  @Parameters(paramLabel = "NAME", description = "The user.")
  private String name = "";

  UserDeleteCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    LocalUserCalls.requireName(name);
    try (var calls = new LocalUserCalls(common.configuration(shell))) {
      calls.delete(name);
    }
    shell.out().println("user %s deleted".formatted(name));
    return ExitCode.DONE.code();
  }
}
