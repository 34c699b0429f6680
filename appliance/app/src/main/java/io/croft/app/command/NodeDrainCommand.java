package io.croft.app.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `croft node drain`: cordons, and evicts what runs there; disruption budgets are kept.
@Command(
    name = "drain",
    description = {
      "Has nothing new placed on a node, and evicts its pods, but for those of daemon sets and of"
          + " files on the node. Disruption budgets are kept: what may not go yet is tried again."
    },
    footer = {"", "Example:", "  croft node drain edge-1 --timeout 5m"})
final class NodeDrainCommand implements Callable<Integer> {
  private static final Duration POLL = Duration.ofSeconds(1);

  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      converter = ShortDuration.class,
      description = "How long to try. Default: 5m.")
  private Duration timeout = Duration.ofMinutes(5);

  @Parameters(paramLabel = "NAME", description = "The name of the node.")
  private String name = "";

  NodeDrainCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    FleetCalls.requireName(name);
    long begunNanos = System.nanoTime();
    try (var calls = new FleetCalls(common.configuration(shell))) {
      NodeCordonCommand.set(calls, name, true);
      List<JsonNode> pods = pods(calls);
      String refusal = "";
      while (!pods.isEmpty()) {
        for (JsonNode pod : pods) {
          refusal = evict(calls, pod);
        }
        if (System.nanoTime() - begunNanos > timeout.toNanos()) {
          throw new CommandException(
              ExitCode.FAILED,
              "%d pods are still on %s after %d s%s"
                  .formatted(
                      pods.size(),
                      name,
                      timeout.toSeconds(),
                      refusal.isEmpty() ? "" : ": " + refusal));
        }
        Thread.sleep(POLL);
        pods = pods(calls);
      }
    }
    shell.out().println("node %s drained".formatted(name));
    return ExitCode.DONE.code();
  }

  private List<JsonNode> pods(FleetCalls calls) throws IOException, InterruptedException {
    var pods = new ArrayList<JsonNode>();
    String path = "/api/v1/pods?fieldSelector=spec.nodeName%3D" + name;
    for (JsonNode pod : calls.read(path).path("items")) {
      if (!stays(pod)) {
        pods.add(pod);
      }
    }
    return pods;
  }

  private static boolean stays(JsonNode pod) {
    for (JsonNode owner : pod.at("/metadata/ownerReferences")) {
      if (owner.path("kind").asText().equals("DaemonSet")) {
        return true;
      }
    }
    return pod.at("/metadata/annotations").has("kubernetes.io/config.mirror");
  }

  /// @return why not yet; empty when it goes
  private String evict(FleetCalls calls, JsonNode pod) throws InterruptedException {
    if (pod.at("/metadata").has("deletionTimestamp")) {
      return "";
    }
    String namespace = pod.at("/metadata/namespace").asText();
    String podName = pod.at("/metadata/name").asText();
    ObjectNode eviction = Json.object().put("apiVersion", "policy/v1").put("kind", "Eviction");
    eviction.putObject("metadata").put("name", podName).put("namespace", namespace);
    try {
      calls.create(
          "/api/v1/namespaces/%s/pods/%s/eviction".formatted(namespace, podName), eviction);
      shell.err().println("evicted %s/%s".formatted(namespace, podName));
      return "";
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }
}
