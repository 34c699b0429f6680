package io.croft.app.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.model.Json;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `croft node list`.
@Command(
    name = "list",
    description = "Lists the nodes: whether they are ready, and what they are made of.",
    footer = {"", "Example:", "  croft node list"})
final class NodeListCommand implements Callable<Integer> {
  private static final int MEBIBYTE = 20;

  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();
  @Mixin final OutputOption output = new OutputOption();

  NodeListCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    ObjectNode nodes;
    Map<String, JsonNode> machines = new HashMap<>();
    try (var calls = new FleetCalls(common.configuration(shell))) {
      nodes = calls.read(FleetCalls.NODES);
      calls
          .read(FleetCalls.MACHINES)
          .path("items")
          .forEach(m -> machines.put(m.at("/metadata/name").asText(), m));
    }
    if (output.format == OutputOption.Format.json) {
      shell.out().println(Json.text(nodes.path("items")));
      return ExitCode.DONE.code();
    }
    var table = new Table("NAME", "STATUS", "ROLE", "ADDRESS", "CPU", "MEMORY", "KERNEL", "SYSTEM");
    for (JsonNode node : nodes.path("items")) {
      String name = node.at("/metadata/name").asText();
      JsonNode machine = machines.getOrDefault(name, Json.object());
      table.row(
          name,
          status(node),
          machine.at("/spec/role").asText("-"),
          address(node),
          machine.at("/status/inventory/cpus").asText("-"),
          (machine.at("/status/inventory/memoryBytes").asLong() >> MEBIBYTE) + " MiB",
          node.at("/status/nodeInfo/kernelVersion").asText("-"),
          node.at("/status/nodeInfo/osImage").asText("-"));
    }
    table.print(shell.out());
    return ExitCode.DONE.code();
  }

  private static String status(JsonNode node) {
    String ready = condition(node, "Ready").equals("True") ? "Ready" : "NotReady";
    if (condition(node, FleetKinds.CONTROL_PLANE_READY).equals("False")) {
      ready += ",ControlPlaneNotReady";
    }
    if (condition(node, FleetKinds.COPY_CURRENT).equals("False")) {
      ready += ",CopyNotCurrent";
    }
    return node.at("/spec/unschedulable").asBoolean() ? ready + ",SchedulingDisabled" : ready;
  }

  /// Empty when the node does not have it.
  private static String condition(JsonNode node, String type) {
    for (JsonNode condition : node.at("/status/conditions")) {
      if (condition.path("type").asText().equals(type)) {
        return condition.path("status").asText();
      }
    }
    return "";
  }

  private static String address(JsonNode node) {
    for (JsonNode address : node.at("/status/addresses")) {
      if (address.path("type").asText().equals("InternalIP")) {
        return address.path("address").asText();
      }
    }
    return "-";
  }
}
