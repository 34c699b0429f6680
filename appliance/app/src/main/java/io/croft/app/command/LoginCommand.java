package io.croft.app.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.app.client.IdentityClient;
import io.croft.app.client.LoginState;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `croft login`: logs a user in by the device flow, and leaves a kubeconfig that gets its tokens
/// by `croft token`.
@Command(
    name = "login",
    description = "Logs in as a user of an appliance, for kubectl to use.",
    footer = {
      "",
      "Example:",
      "  croft login --server https://croft.example:8443 --certificate-authority ca.pem"
    })
final class LoginCommand implements Callable<Integer> {
  private static final String DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";

  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();
  @Mixin final ServerOption server = new ServerOption();

  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      description =
          "The file to put the login into. Default: the one that KUBECONFIG names, or"
              + " ~/.kube/config.")
  private @Nullable Path kubeconfig;

  LoginCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    ServerOption.Server at = server.server(common, shell);
    var login = new KubeconfigLogin(KubeconfigLogin.file(kubeconfig, shell.environment()));
    LoginState.Tokens tokens;
    try (var client = new IdentityClient(at.url(), at.authorities())) {
      tokens = LoginState.Tokens.of(at.authorities(), logIn(client, at.url()), Instant.now());
    }
    try (var state = LoginState.open(shell.environment(), at.url())) {
      state.write(tokens);
    }
    login.write(at);
    shell.err().println("Logged in. kubectl uses it by " + login.file() + ".");
    return ExitCode.DONE.code();
  }

  private ObjectNode logIn(IdentityClient client, String url) throws Exception {
    ObjectNode device = client.post("device_authorization", "scope", "openid").body();
    shell
        .err()
        .println(
            "Open %s/identity/device and enter the code %s"
                .formatted(url, device.path("user_code").asText()));
    long interval = Math.max(1, device.path("interval").asLong(5));
    Instant end = Instant.now().plusSeconds(device.path("expires_in").asLong());
    while (Instant.now().isBefore(end)) {
      Thread.sleep(Duration.ofSeconds(interval));
      var answer =
          client.post(
              "token",
              "grant_type",
              DEVICE_GRANT,
              "device_code",
              device.path("device_code").asText());
      switch (answer.error()) {
        case "" -> {
          return answer.body();
        }
        case "authorization_pending" -> {}
        case "slow_down" -> interval += 5;
        default ->
            throw new CommandException(
                ExitCode.FAILED,
                "not logged in: " + answer.body().path("error_description").asText());
      }
    }
    throw new CommandException(
        ExitCode.FAILED, "not logged in: nobody has entered the code in time");
  }
}
