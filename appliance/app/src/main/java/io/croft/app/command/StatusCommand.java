package io.croft.app.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.app.config.Configuration;
import io.croft.app.process.Memory;
import io.croft.app.process.MemoryLimits;
import io.croft.app.runtime.Endpoint;
import io.croft.app.runtime.Promotion;
import io.croft.app.runtime.Succession;
import io.croft.base.RunningProcess;
import io.croft.fleet.agent.JoinException;
import io.croft.fleet.agent.NodeDirectory;
import io.croft.fleet.agent.NodeDirectory.Membership;
import io.croft.fleet.proof.Role;
import io.croft.model.Json;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpTimeoutException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `croft status`: one row per component, read through the API as everyone would read it.
@Command(
    name = "status",
    description =
        "Shows each component's state; exit code 0 only if all are ready, 3 otherwise. Of an agent:"
            + " whether it runs.",
    footer = {"", "Example:", "  croft status -o json"})
final class StatusCommand implements Callable<Integer> {
  private static final String COMPONENTS = "/apis/appliance.croft.io/v1alpha1/appliancecomponents";

  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();
  @Mixin private final OutputOption output = new OutputOption();

  StatusCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    Configuration configuration = common.configuration(shell);
    Path dataDir = configuration.dataDir();
    Optional<RunningProcess> process = RunningProcess.of(dataDir);
    if (process.isEmpty()) {
      String otherwise =
          Succession.successor(dataDir)
              .map(successor -> successor + " has taken its place")
              .orElse("start it: croft up");
      throw new CommandException(
          ExitCode.NOT_READY, "not running (data directory %s); %s".formatted(dataDir, otherwise));
    }
    Optional<Endpoint> served = Endpoint.read(dataDir);
    if (served.isEmpty()) {
      return printHost(dataDir, process.get()).code();
    }
    Endpoint endpoint = served.get();
    try (var client = StoreSource.client(configuration, endpoint)) {
      JsonNode components = client.read(COMPONENTS).path("items");
      boolean ready = client.isReady();
      var gateway = GatewaySummary.read(client, configuration);
      Optional<MemberSummary> member = MemberSummary.read(dataDir, components);
      var running = new Running(endpoint, process.get(), MemoryLimits.read(dataDir), member);
      switch (output.format) {
        case table -> printTable(components, gateway, running);
        case json -> printJson(components, gateway, running, ready);
      }
      return (ready ? ExitCode.DONE : ExitCode.NOT_READY).code();
    } catch (ConnectException | HttpTimeoutException e) {
      throw new CommandException(
          ExitCode.NOT_READY,
          "process %d does not answer at %s; see %s"
              .formatted(process.get().pid(), endpoint.url(), dataDir.resolve("logs/croft.log")),
          e);
    }
  }

  /// Of a process that serves no API. Whether an agent is heard, the appliance knows.
  private ExitCode printHost(Path dataDir, RunningProcess process)
      throws IOException, JoinException {
    Membership joined =
        NodeDirectory.at(dataDir)
            .membership()
            .filter(member -> member.role() != Role.EDGE)
            .orElseThrow(() ->
                new CommandException(
                    ExitCode.NOT_READY,
                    "process %d is starting, or serves the store only".formatted(process.pid())));
    switch (output.format) {
      case table -> {
        String copy = joined.role() == Role.SERVER ? ", " + copy(dataDir) : "";
        shell
            .out()
            .printf(
                "process %d is the agent of node %s%s; how it is: croft node list, on %s%n",
                process.pid(), joined.name(), copy, joined.server());
      }
      case json ->
          shell
              .out()
              .println(
                  Json.object()
                      .put("pid", process.pid())
                      .put("node", joined.name())
                      .put("role", joined.role().text())
                      .put("server", joined.server().toString())
                      .toPrettyString());
    }
    return ExitCode.DONE;
  }

  private static String copy(Path dataDir) throws IOException {
    return Promotion.copied(dataDir)
        .map(time -> "with a copy of the appliance as of " + time.truncatedTo(ChronoUnit.SECONDS))
        .orElse("without a copy of the appliance yet");
  }

  /// The process that is asked, and where it is found.
  private record Running(
      Endpoint endpoint,
      RunningProcess process,
      Optional<MemoryLimits> limits,
      Optional<MemberSummary> member) {}

  private void printTable(JsonNode components, GatewaySummary gateway, Running running) {
    var table = new Table("COMPONENT", "STATE", "SINCE", "RESTARTS", "LAST ERROR");
    for (JsonNode component : components) {
      JsonNode status = component.path("status");
      table.row(
          component.at("/metadata/name").asText(),
          status.path("state").asText(),
          seconds(status.path("since").asText()),
          status.path("restarts").asText(),
          status.path("lastError").asText());
    }
    table.print(shell.out());
    String memory =
        Memory.resident(running.process().pid()).stream()
            .mapToObj(bytes -> ", " + mebibytes(bytes) + " of memory")
            .findFirst()
            .orElse("");
    shell.out().println();
    shell.out().println(gateway.text());
    running.member().ifPresent(member -> shell.out().println(member.text()));
    shell.out().println(running.endpoint().url() + ", pid " + running.process().pid() + memory);
    running
        .limits()
        .ifPresent(known ->
            shell
                .out()
                .println(
                    "at most: heap "
                        + mebibytes(known.heapBytes())
                        + (known.directBytes() == 0
                            ? ""
                            : ", direct buffers " + mebibytes(known.directBytes()))));
  }

  private static String mebibytes(long bytes) {
    return (bytes >> 20) + " MiB";
  }

  static String seconds(String instant) {
    return Instant.parse(instant).truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private void printJson(
      JsonNode components, GatewaySummary gateway, Running running, boolean ready) {
    ObjectNode root =
        Json.object()
            .put("ready", ready)
            .put("endpoint", running.endpoint().url())
            .put("pid", running.process().pid());
    Memory.resident(running.process().pid()).ifPresent(bytes -> root.put("residentBytes", bytes));
    root.set("gateway", gateway.json());
    running.member().ifPresent(member -> root.set("membership", member.json()));
    running
        .limits()
        .ifPresent(known ->
            root.put("heapLimitBytes", known.heapBytes())
                .put("directLimitBytes", known.directBytes()));
    ArrayNode list = root.putArray("components");
    for (JsonNode component : components) {
      ObjectNode row = list.addObject().put("name", component.at("/metadata/name").asText());
      if (component.path("status") instanceof ObjectNode status) {
        row.setAll(status);
      }
    }
    shell.out().println(root.toPrettyString());
  }
}
