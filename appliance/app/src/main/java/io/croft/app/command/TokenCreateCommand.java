package io.croft.app.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.app.config.Configuration;
import io.croft.app.runtime.Endpoint;
import io.croft.fleet.proof.JoinToken;
import io.croft.fleet.proof.Role;
import io.croft.fleet.proof.Transcript;
import io.croft.fleet.proof.Verifier;
import io.croft.model.Json;
import io.croft.pki.Pki;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `croft token create`: the token is made here, and the appliance gets hashes of it.
@Command(
    name = "create",
    description = {
      "Makes a token with which a host joins, and prints it.",
      "It is shown this once. Whoever has it can join a host until it is used, ends or is revoked."
    },
    footer = {"", "Example:", "  croft token create --role agent --ttl 30m --for edge-1"})
final class TokenCreateCommand implements Callable<Integer> {
  private static final int MAX_USES = 10_000;

  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();
  @Mixin final OutputOption output = new OutputOption();

  @Option(
      names = "--role",
      required = true,
      paramLabel = "ROLE",
      description =
          "As what hosts join: agent; server, which keeps a copy of the appliance besides, once it"
              + " is approved; or edge, which has a control plane of its own besides.")
  private String role = "";

  @Option(
      names = "--ttl",
      paramLabel = "TIME",
      converter = ShortDuration.class,
      description = "How long it is good, such as 30m, 1h or 7d; at most 365d. Default: 1h.")
  private Duration ttl = Duration.ofHours(1);

  @Option(
      names = "--uses",
      paramLabel = "N",
      description = "How many hosts may join with it. Default: 1.")
  private int uses = 1;

  @Option(names = "--for", paramLabel = "NODE", description = "The only host that may use it.")
  private @Nullable String node;

  TokenCreateCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    Role wanted =
        Role.of(role)
            .orElseThrow(() ->
                new CommandException(
                    ExitCode.WRONG_USAGE,
                    "--role must be %s, not %s".formatted(Role.CHOICE, role)));
    if (uses < 1 || uses > MAX_USES) {
      throw new CommandException(
          ExitCode.WRONG_USAGE, "--uses must be from 1 to %d, not %d".formatted(MAX_USES, uses));
    }
    if (node != null) {
      FleetCalls.requireName(node);
    }
    Configuration configuration = common.configuration(shell);
    Instant expires = Instant.now().truncatedTo(ChronoUnit.SECONDS).plus(ttl);
    try (var calls = new FleetCalls(configuration)) {
      JoinToken token = JoinToken.create(wanted, expires, authority(configuration));
      calls.create(FleetCalls.TOKENS, object(token));
      print(configuration, token);
    }
    return ExitCode.DONE.code();
  }

  /// The newest root: it is the one that is trusted the longest.
  private static String authority(Configuration configuration) throws Exception {
    Pki pki = Pki.read(configuration.dataDir().resolve("pki"), InstantSource.system());
    return Transcript.fingerprint(pki.serverAuthority().trusted().getFirst().getEncoded());
  }

  private ObjectNode object(JoinToken token) {
    Verifier verifier = Verifier.of(token);
    ObjectNode json = FleetCalls.object("JoinToken");
    json.putObject("metadata").put("name", token.id());
    ObjectNode spec =
        json.putObject("spec")
            .put("role", token.role().text())
            .put("uses", uses)
            .put("expires", token.expires().toString())
            .put("storedKey", verifier.storedKey())
            .put("serverKey", verifier.serverKey());
    if (node != null) {
      spec.put("node", node);
    }
    return json;
  }

  private void print(Configuration configuration, JoinToken token) throws Exception {
    if (output.format == OutputOption.Format.json) {
      shell
          .out()
          .println(
              Json.text(
                  Json.object()
                      .put("id", token.id())
                      .put("token", token.text())
                      .put("role", token.role().text())
                      .put("expires", token.expires().toString())));
      return;
    }
    shell.out().println(token.text());
    int port =
        Endpoint.read(configuration.dataDir()).map(e -> URI.create(e.url()).getPort()).orElse(8443);
    shell
        .err()
        .println(
            "token %s, good until %s; on the host: croft join https://THIS-HOST:%d --token-file FILE"
                .formatted(token.id(), token.expires(), port));
  }
}
