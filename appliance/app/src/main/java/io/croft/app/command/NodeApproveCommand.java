package io.croft.app.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `croft node approve --replace`.
@Command(
    name = "approve",
    description = {
      "Allows another host to take the name of a node, such as the same host after a"
          + " reinstallation.",
      "It still needs a token. Within the hour, the first one to join gets the name; what the one"
          + " before it logs in with is then revoked."
    },
    footer = {"", "Example:", "  croft node approve --replace edge-1"})
final class NodeApproveCommand implements Callable<Integer> {
  private static final Duration OPEN = Duration.ofHours(1);

  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();

  @Option(
      names = "--replace",
      required = true,
      description = "Let a host with another key have the name.")
  private boolean replace;

  @Parameters(paramLabel = "NAME", description = "The name of the node.")
  private String name = "";

  NodeApproveCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    if (!replace) {
      throw new CommandException(
          ExitCode.WRONG_USAGE, "hosts join by token; only a replacement is approved (--replace)");
    }
    FleetCalls.requireName(name);
    Instant end = Instant.now().truncatedTo(ChronoUnit.SECONDS).plus(OPEN);
    try (var calls = new FleetCalls(common.configuration(shell))) {
      ObjectNode patch = Json.object();
      patch.putObject("spec").put("replaceBefore", end.toString());
      calls.merge(FleetCalls.MACHINES + "/" + name, patch);
    }
    shell.out().println("another host may join as %s until %s".formatted(name, end));
    return ExitCode.DONE.code();
  }
}
