package io.croft.app.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.fleet.kinds.ComponentReport;
import io.croft.model.Json;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `croft node components`.
@Command(
    name = "components",
    description = {
      "Lists the machine components of hosts: what they were told to have, and what they say.",
      "Of one node, also the end of what scripts said that failed."
    },
    footer = {"", "Examples:", "  croft node components", "  croft node components edge-1"})
final class NodeComponentsCommand implements Callable<Integer> {
  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();
  @Mixin final OutputOption output = new OutputOption();

  @Parameters(
      paramLabel = "NAME",
      arity = "0..1",
      description = "The name of the node. Default: all.")
  private @Nullable String name;

  NodeComponentsCommand(Shell shell) {
    this.shell = shell;
  }

  /// One component of one host.
  ///
  /// @param told an empty object when the host was told nothing, or nothing any more
  /// @param said an empty object when it has not said anything
  private record Line(String node, String component, JsonNode told, JsonNode said) {}

  @Override
  public Integer call() throws Exception {
    ArrayNode machines = Json.array();
    try (var calls = new FleetCalls(common.configuration(shell))) {
      if (name == null) {
        calls.read(FleetCalls.MACHINES).path("items").forEach(machines::add);
      } else {
        FleetCalls.requireName(name);
        machines.add(calls.read(FleetCalls.MACHINES, name));
      }
    }
    if (output.format == OutputOption.Format.json) {
      shell.out().println(Json.text(json(machines)));
      return ExitCode.DONE.code();
    }
    var table = new Table("NODE", "COMPONENT", "WANTED", "VERSION", "PHASE", "SINCE", "MESSAGE");
    for (JsonNode machine : machines) {
      lines(machine).forEach((_, line) -> row(table, line));
    }
    table.print(shell.out());
    if (name != null) {
      machines.forEach(machine -> lines(machine).forEach((_, line) -> printOutput(line)));
    }
    return ExitCode.DONE.code();
  }

  private static ArrayNode json(ArrayNode machines) {
    ArrayNode all = Json.array();
    for (JsonNode machine : machines) {
      lines(machine)
          .forEach((_, line) -> {
            ObjectNode one = all.addObject().put("node", line.node());
            one.set("wanted", line.told());
            one.set("reported", line.said());
          });
    }
    return all;
  }

  private static Map<String, Line> lines(JsonNode machine) {
    String node = machine.at("/metadata/name").asText();
    var lines = new TreeMap<String, Line>();
    for (JsonNode told : machine.at("/spec/components")) {
      String component = told.path("component").asText();
      lines.put(component, new Line(node, component, told, Json.object()));
    }
    for (JsonNode said : machine.at("/status/components")) {
      String component = said.path("component").asText();
      Line line = lines.get(component);
      JsonNode told = line == null ? Json.object() : line.told();
      lines.put(component, new Line(node, component, told, said));
    }
    return lines;
  }

  private static void row(Table table, Line line) {
    boolean goes = line.told().path("remove").asBoolean();
    table.row(
        line.node(),
        shown(line.component()),
        goes ? "none" : line.told().path("version").asText("-"),
        shown(line.said().path("version").asText("-")),
        shown(line.said().path("phase").asText("-")),
        shown(line.said().path("since").asText("-")),
        message(line.said()));
  }

  /// Why it is so, and what is being done just now.
  private static String message(JsonNode said) {
    return Stream.of("message", "progress")
        .map(field -> shown(said.path(field).asText("")))
        .filter(text -> !text.isEmpty())
        .collect(Collectors.joining("; "));
  }

  /// What a host says must not move the cursor of who reads it.
  private static String shown(String text) {
    return ComponentReport.oneLine(text);
  }

  private void printOutput(Line line) {
    String said = line.said().path("output").asText("");
    if (!said.isEmpty()) {
      shell.out().println();
      shell.out().println("%s said at last:".formatted(shown(line.component())));
      said.lines().forEach(text -> shell.out().println("  " + shown(text)));
    }
  }
}
