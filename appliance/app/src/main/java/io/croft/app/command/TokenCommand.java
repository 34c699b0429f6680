package io.croft.app.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.app.client.IdentityClient;
import io.croft.app.client.LoginState;
import io.croft.model.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `croft token`: has the commands about tokens with which hosts join; alone, it is the credential
/// plugin that kubectl runs (`client.authentication.k8s.io/v1`), as kubeconfigs name it.
@Command(
    name = "token",
    description = {
      "Manages the tokens with which hosts join.",
      "Without a command: prints the token of a login, as kubectl wants it; refreshes it when need"
          + " be."
    },
    synopsisSubcommandLabel = "[COMMAND]",
    footer = {
      "",
      "Example:",
      "  croft token create --role agent",
      "  croft token --server https://croft.example:8443"
    })
final class TokenCommand implements Callable<Integer> {
  private static final Duration MARGIN = Duration.ofSeconds(30);

  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();
  @Mixin final ServerOption server = new ServerOption();

  TokenCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    String url = server.url(common, shell);
    try (var state = LoginState.open(shell.environment(), url)) {
      LoginState.Tokens tokens = state.read().orElseThrow(() -> loggedOut(url));
      if (!Instant.now().isBefore(tokens.expires().minus(MARGIN))) {
        tokens = refreshed(url, tokens);
        state.write(tokens);
      }
      ObjectNode credential =
          Json.object()
              .put("apiVersion", "client.authentication.k8s.io/v1")
              .put("kind", "ExecCredential");
      credential
          .putObject("status")
          .put("expirationTimestamp", tokens.expires().minus(MARGIN).toString())
          .put("token", tokens.idToken());
      shell.out().println(Json.text(credential));
    }
    return ExitCode.DONE.code();
  }

  private static LoginState.Tokens refreshed(String url, LoginState.Tokens tokens)
      throws Exception {
    try (var client = new IdentityClient(url, tokens.authorities())) {
      var answer =
          client.post(
              "token", "grant_type", "refresh_token", "refresh_token", tokens.refreshToken());
      if (!answer.error().isEmpty()) {
        throw loggedOut(url);
      }
      return LoginState.Tokens.of(
          tokens.authorities(),
          answer.body(),
          Instant.ofEpochSecond(Instant.now().getEpochSecond()));
    }
  }

  private static CommandException loggedOut(String url) {
    return new CommandException(
        ExitCode.NOT_ALLOWED, "not logged in; log in: croft login --server " + url);
  }
}
