package io.croft.app.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `croft node cordon` and `croft node uncordon`.
abstract class NodeCordonCommand implements Callable<Integer> {
  private final Shell shell;
  private final boolean unschedulable;

  @Mixin final CommonOptions common = new CommonOptions();

  @Parameters(paramLabel = "NAME", description = "The name of the node.")
  private String name = "";

  private NodeCordonCommand(Shell shell, boolean unschedulable) {
    this.shell = shell;
    this.unschedulable = unschedulable;
  }

  @Command(
      name = "cordon",
      description = "Has nothing new placed on a node.",
      footer = {"", "Example:", "  croft node cordon edge-1"})
  static final class Cordon extends NodeCordonCommand {
    Cordon(Shell shell) {
      super(shell, true);
    }
  }

  @Command(
      name = "uncordon",
      description = "Has things placed on a node again.",
      footer = {"", "Example:", "  croft node uncordon edge-1"})
  static final class Uncordon extends NodeCordonCommand {
    Uncordon(Shell shell) {
      super(shell, false);
    }
  }

  @Override
  public Integer call() throws Exception {
    FleetCalls.requireName(name);
    try (var calls = new FleetCalls(common.configuration(shell))) {
      set(calls, name, unschedulable);
    }
    shell.out().println("node %s %s".formatted(name, unschedulable ? "cordoned" : "uncordoned"));
    return ExitCode.DONE.code();
  }

  static void set(FleetCalls calls, String name, boolean unschedulable) throws Exception {
    ObjectNode patch = Json.object();
    ObjectNode spec = patch.putObject("spec");
    if (unschedulable) {
      spec.put("unschedulable", true);
    } else {
      spec.putNull("unschedulable");
    }
    calls.merge(FleetCalls.NODES, name, patch);
  }
}
