package io.croft.app.command;

import io.croft.security.identity.Credentials;
import io.croft.security.identity.Totp;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `croft user totp`: a second factor for a user.
@Command(
    name = "totp",
    description = "Gives a user a second factor, and prints what an authenticator app needs.",
    footer = {"", "Example:", "  croft user totp alice"})
final class UserTotpCommand implements Callable<Integer> {
  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();

  @Parameters(paramLabel = "NAME", description = "The user.")
  private String name = "";

  @Option(names = "--remove", description = "Take the second factor away.")
  private boolean remove;

  UserTotpCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    LocalUserCalls.requireName(name);
    try (var calls = new LocalUserCalls(common.configuration(shell))) {
      if (remove) {
        calls.setSecondFactor(name, "", List.of());
        shell.out().println("second factor of %s removed".formatted(name));
        return ExitCode.DONE.code();
      }
      Totp totp = Totp.generate();
      List<String> codes = Credentials.newRecoveryCodes();
      calls.setSecondFactor(name, totp.base32(), codes);
      shell.out().println(totp.uri(name, "Croft"));
      shell.out().println("Recovery codes, each good once in place of a one-time code:");
      codes.forEach(shell.out()::println);
    }
    return ExitCode.DONE.code();
  }
}
