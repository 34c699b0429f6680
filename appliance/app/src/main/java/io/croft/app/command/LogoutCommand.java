package io.croft.app.command;

import io.croft.app.client.IdentityClient;
import io.croft.app.client.LoginState;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `croft logout`: ends a login, there and here.
@Command(
    name = "logout",
    description = "Ends a login: its tokens are good no more.",
    footer = {"", "Example:", "  croft logout --server https://croft.example:8443"})
final class LogoutCommand implements Callable<Integer> {
  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();
  @Mixin final ServerOption server = new ServerOption();

  LogoutCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    String url = server.url(common, shell);
    try (var state = LoginState.open(shell.environment(), url)) {
      Optional<LoginState.Tokens> tokens = state.read();
      if (tokens.isPresent()) {
        try (var client = new IdentityClient(url, tokens.get().authorities())) {
          client.post("revoke", "token", tokens.get().refreshToken());
        }
        state.delete();
      }
      shell.err().println(tokens.isPresent() ? "Logged out." : "Nobody was logged in.");
    }
    return ExitCode.DONE.code();
  }
}
