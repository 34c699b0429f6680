package io.croft.app.command;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `croft node remove`.
@Command(
    name = "remove",
    description = {
      "Removes a node: what it logs in with is revoked, and its name is free.",
      "Its agent ends. To have it back, join it again with a new token."
    },
    footer = {"", "Example:", "  croft node drain edge-1 && croft node remove edge-1"})
final class NodeRemoveCommand implements Callable<Integer> {
  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();

  @Parameters(paramLabel = "NAME", description = "The name of the node.")
  private String name = "";

  NodeRemoveCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    FleetCalls.requireName(name);
    try (var calls = new FleetCalls(common.configuration(shell))) {
      calls.delete(FleetCalls.MACHINES, name);
    }
    shell.out().println("node %s removed".formatted(name));
    return ExitCode.DONE.code();
  }
}
