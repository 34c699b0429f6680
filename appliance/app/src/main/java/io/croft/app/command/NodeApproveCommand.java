package io.croft.app.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.fleet.proof.Role;
import io.croft.model.Json;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `croft node approve`.
@Command(
    name = "approve",
    description = {
      "Allows a host what a token alone does not: to take the name of a node (--replace), such as"
          + " the same host after a reinstallation, or to keep a copy of this appliance"
          + " (--server).",
      "A replacement still needs a token. Within the hour, the first one to join gets the name;"
          + " what the one before it logs in with is then revoked.",
      "A server that has joined gets all of the store and the keys of the authorities, and goes on"
          + " getting what changes: whoever has that host has this appliance."
    },
    footer = {
      "",
      "Example:",
      "  croft node approve --replace edge-1",
      "  croft node approve --server standby"
    })
final class NodeApproveCommand implements Callable<Integer> {
  private static final Duration OPEN = Duration.ofHours(1);

  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();

  @ArgGroup(multiplicity = "1")
  private What what = new What();

  /// One of these.
  static final class What {
    @Option(
        names = "--replace",
        required = true,
        description = "Let a host with another key have the name.")
    private boolean replace;

    @Option(
        names = "--server",
        required = true,
        description = "Let the host keep a copy of this appliance, to take its place.")
    private boolean server;
  }

  @Parameters(paramLabel = "NAME", description = "The name of the node.")
  private String name = "";

  NodeApproveCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    FleetCalls.requireName(name);
    try (var calls = new FleetCalls(common.configuration(shell))) {
      if (what.replace) {
        approveReplacement(calls);
      }
      if (what.server) {
        approveServer(calls);
      }
    }
    return ExitCode.DONE.code();
  }

  private void approveReplacement(FleetCalls calls) throws Exception {
    Instant end = Instant.now().truncatedTo(ChronoUnit.SECONDS).plus(OPEN);
    ObjectNode patch = Json.object();
    patch.putObject("spec").put("replaceBefore", end.toString());
    calls.merge(FleetCalls.MACHINES, name, patch);
    shell.out().println("another host may join as %s until %s".formatted(name, end));
  }

  /// The key that the machine has now, and no other one that may take its name meanwhile.
  private void approveServer(FleetCalls calls) throws Exception {
    ObjectNode machine = calls.read(FleetCalls.MACHINES, name);
    String role = machine.at("/spec/role").asText();
    if (!role.equals(Role.SERVER.text())) {
      throw new CommandException(
          ExitCode.WRONG_USAGE,
          "the node %s has joined as %s; a server joins with a token for that: croft token create --role server"
              .formatted(name, role));
    }
    String key = machine.at("/spec/key").asText();
    ObjectNode patch = Json.object();
    patch
        .putObject("metadata")
        .put("resourceVersion", machine.at("/metadata/resourceVersion").asText());
    patch.putObject("spec").put("copyKey", key);
    calls.merge(FleetCalls.MACHINES, name, patch);
    shell
        .out()
        .println(
            "%s may keep a copy of this appliance (key %s); it begins within 15 s"
                .formatted(name, key));
  }
}
