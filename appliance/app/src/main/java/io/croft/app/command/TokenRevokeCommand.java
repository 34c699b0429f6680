package io.croft.app.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `croft token revoke`.
@Command(
    name = "revoke",
    description = "Takes tokens back: no host joins with them any more. Hosts that have, stay.",
    footer = {"", "Example:", "  croft token revoke 0a1b2c3d4e5f"})
final class TokenRevokeCommand implements Callable<Integer> {
  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();

  @Parameters(paramLabel = "ID", arity = "1..*", description = "As croft token list shows them.")
  private List<String> ids = List.of();

  TokenRevokeCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    for (String id : ids) {
      if (!id.matches("[0-9a-f]{12}")) {
        throw new CommandException(
            ExitCode.WRONG_USAGE, id + " is no ID of a token; see: croft token list");
      }
    }
    try (var calls = new FleetCalls(common.configuration(shell))) {
      for (String id : ids) {
        ObjectNode patch = Json.object();
        patch.putObject("spec").put("revoked", true);
        calls.merge(FleetCalls.TOKENS, id, patch);
        shell.out().println("revoked " + id);
      }
    }
    return ExitCode.DONE.code();
  }
}
