package io.croft.app.command;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `croft user create`: a new user, with a password.
@Command(
    name = "create",
    description = "Creates a user, and asks for the password.",
    footer = {"", "Example:", "  croft user create alice --display-name \"Alice Example\""})
final class UserCreateCommand implements Callable<Integer> {
  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();

  @Mixin final PasswordOption password = new PasswordOption();

  @Parameters(paramLabel = "NAME", description = "The user.")
  private String name = "";

  @Option(names = "--display-name", paramLabel = "TEXT", description = "How the person is called.")
  private String displayName = "";

  @Option(names = "--email", paramLabel = "ADDRESS", description = "The person's address.")
  private String email = "";

  UserCreateCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    LocalUserCalls.requireName(name);
    String read = password.read();
    try (var calls = new LocalUserCalls(common.configuration(shell))) {
      calls.setPassword(calls.create(name, displayName, email), read);
    }
    shell.out().println("user %s created".formatted(name));
    return ExitCode.DONE.code();
  }
}
