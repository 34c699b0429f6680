package io.croft.app.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `croft token list`.
@Command(
    name = "list",
    description = "Lists the tokens with which hosts join. The tokens themselves are kept nowhere.",
    footer = {"", "Example:", "  croft token list -o json"})
final class TokenListCommand implements Callable<Integer> {
  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();
  @Mixin final OutputOption output = new OutputOption();

  TokenListCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    ObjectNode tokens;
    try (var calls = new FleetCalls(common.configuration(shell))) {
      tokens = calls.read(FleetCalls.TOKENS);
    }
    if (output.format == OutputOption.Format.json) {
      shell.out().println(Json.text(tokens.path("items")));
      return ExitCode.DONE.code();
    }
    var table = new Table("ID", "ROLE", "FOR", "USED", "EXPIRES", "STATE", "JOINED");
    for (JsonNode token : tokens.path("items")) {
      JsonNode spec = token.path("spec");
      var joined = new ArrayList<String>();
      token.at("/status/joined").forEach(j -> joined.add(j.path("machine").asText()));
      table.row(
          token.at("/metadata/name").asText(),
          spec.path("role").asText(),
          spec.path("node").asText("any"),
          joined.size() + "/" + spec.path("uses").asInt(),
          spec.path("expires").asText(),
          state(spec, joined.size()),
          String.join(",", joined));
    }
    table.print(shell.out());
    return ExitCode.DONE.code();
  }

  private static String state(JsonNode spec, int used) {
    if (spec.path("revoked").asBoolean()) {
      return "revoked";
    }
    try {
      if (!Instant.now().isBefore(Instant.parse(spec.path("expires").asText()))) {
        return "expired";
      }
    } catch (DateTimeException e) {
      return "expired";
    }
    return used >= spec.path("uses").asInt() ? "used" : "good";
  }
}
