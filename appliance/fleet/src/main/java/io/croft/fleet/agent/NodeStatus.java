package io.croft.fleet.agent;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.model.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// What a host says in the status of its `Node`.
///
/// @param server where the appliance is; by which of the host's addresses it is reached is the
///   node's address
/// @param dataDirectory whose disk counts
/// @param troubles of the host's components; empty when it has none
/// @param copy why its copy of the appliance is not current; empty when it keeps none
/// @param engine what runs containers
record NodeStatus(
    URI server,
    String name,
    Path dataDirectory,
    Inventory inventory,
    Supplier<Optional<List<String>>> troubles,
    Supplier<Optional<List<String>>> copy,
    HostEngine engine) {
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
  private static final Path MACHINE_ID = Path.of("/etc/machine-id");
  private static final int HTTPS = 443;
  private static final String READY = "Ready";

  /// Whether the host has the software that it should have.
  private static final String COMPONENTS = "fleet.croft.io/ComponentsReady";

  /// How often a status is renewed in which nothing has changed.
  private static final Duration RENEWAL = Duration.ofMinutes(5);

  /// The part of a disk that must be free.
  private static final int FREE_PARTS = 20;

  /// What is said where no kubelet is.
  ///
  /// @param before the status that the appliance has
  /// @return a merge patch; empty when there is nothing new
  Optional<ObjectNode> patch(JsonNode before, Instant now) {
    ObjectNode status = Json.object();
    status.set("addresses", addresses());
    status.set("nodeInfo", nodeInfo());
    ObjectNode capacity = status.putObject("capacity");
    capacity
        .put("cpu", Integer.toString(Inventory.cpus()))
        .put("memory", (Inventory.memoryBytes() >> 10) + "Ki")
        .put("pods", "0");
    status.set("allocatable", capacity.deepCopy());
    ArrayNode conditions = status.putArray("conditions");
    boolean full = diskIsFull();
    conditions.add(
        condition(
            before,
            now,
            "DiskPressure",
            full,
            full ? "LittleSpace" : "EnoughSpace",
            "space in " + dataDirectory));
    conditions.addAll(own(before, now));
    conditions.add(condition(before, now, READY, true, "AgentReady", "the host's agent runs"));
    boolean same = true;
    for (var field : status.properties()) {
      same &= Json.same(field.getValue(), before.path(field.getKey()));
    }
    if (same) {
      return Optional.empty();
    }
    // What a kubelet has left that ran here.
    for (String kept : List.of("nodeInfo", "capacity", "allocatable")) {
      for (var field : before.path(kept).properties()) {
        if (!status.path(kept).has(field.getKey())) {
          ((ObjectNode) status.path(kept)).putNull(field.getKey());
        }
      }
    }
    status.putNull("daemonEndpoints").putNull("images");
    return Optional.of(ofStatus(status));
  }

  /// What is said beside a kubelet, and in its place when it does not run.
  ///
  /// @param trouble why it does not; empty when it does
  /// @param before the status that the appliance has
  /// @return a strategic merge patch; empty when there is nothing new
  Optional<ObjectNode> patchBesides(String trouble, JsonNode before, Instant now) {
    ArrayNode conditions = own(before, now);
    if (!trouble.isEmpty()) {
      conditions.add(condition(before, now, READY, false, "K3sNotReady", trouble));
    }
    ObjectNode told = Json.object();
    told.set("conditions", conditions);
    ObjectNode status = Json.object();
    ArrayNode news = status.putArray("conditions");
    for (JsonNode condition : conditions) {
      if (!Json.same(condition, find(before, condition.path("type").asText()))) {
        news.add(condition);
      }
    }
    for (String type :
        List.of(COMPONENTS, FleetKinds.COPY_CURRENT, FleetKinds.CONTROL_PLANE_READY)) {
      if (find(before, type).has("type") && !find(told, type).has("type")) {
        news.addObject().put("$patch", "delete").put("type", type);
      }
    }
    return news.isEmpty() ? Optional.empty() : Optional.of(ofStatus(status));
  }

  private static ObjectNode ofStatus(ObjectNode status) {
    ObjectNode patch = Json.object();
    patch.set("status", status);
    return patch;
  }

  private static JsonNode find(JsonNode status, String type) {
    for (JsonNode condition : status.path("conditions")) {
      if (condition.path("type").asText().equals(type)) {
        return condition;
      }
    }
    return Json.object();
  }

  private ArrayNode addresses() {
    ArrayNode addresses = Json.array();
    address().ifPresent(a -> addresses.addObject().put("type", "InternalIP").put("address", a));
    addresses.addObject().put("type", "Hostname").put("address", name);
    return addresses;
  }

  /// The system knows from where it would send; nothing is sent.
  private Optional<String> address() {
    int port = server.getPort() < 0 ? HTTPS : server.getPort();
    try (var socket = new DatagramSocket()) {
      socket.connect(new InetSocketAddress(server.getHost(), port));
      return socket.getLocalAddress().isAnyLocalAddress()
          ? Optional.empty()
          : Optional.of(socket.getLocalAddress().getHostAddress().replaceFirst("%.*", ""));
    } catch (IOException | UncheckedIOException | IllegalArgumentException e) {
      return Optional.empty(); // there is no way there at this moment
    }
  }

  private ObjectNode nodeInfo() {
    ObjectNode told = inventory.read();
    return Json.object()
        .put("machineID", text(MACHINE_ID))
        .put("systemUUID", text(MACHINE_ID))
        .put("bootID", text(BOOT_ID))
        .put("kernelVersion", told.path("kernelVersion").asText())
        .put("osImage", told.path("operatingSystem").asText())
        .put("containerRuntimeVersion", "none")
        .put("kubeletVersion", "croft-" + told.path("agentVersion").asText())
        .put("kubeProxyVersion", "")
        .put("operatingSystem", "linux")
        .put("architecture", Inventory.architecture());
  }

  /// What no kubelet knows.
  private ArrayNode own(JsonNode before, Instant now) {
    ArrayNode conditions = Json.array();
    troubles
        .get()
        .ifPresent(found ->
            conditions.add(
                condition(
                    before,
                    now,
                    COMPONENTS,
                    found.isEmpty(),
                    found.isEmpty() ? "AsTold" : "NotAsTold",
                    found.isEmpty() ? "all components are ready" : String.join("; ", found))));
    copy.get()
        .ifPresent(found ->
            conditions.add(
                condition(
                    before,
                    now,
                    FleetKinds.COPY_CURRENT,
                    found.isEmpty(),
                    found.isEmpty() ? "Current" : "NotCurrent",
                    found.isEmpty()
                        ? "this host could take the appliance's place"
                        : String.join("; ", found))));
    inventory
        .controlPlane()
        .ifPresent(own ->
            conditions.add(
                condition(
                    before,
                    now,
                    FleetKinds.CONTROL_PLANE_READY,
                    own.troubles().isEmpty(),
                    own.troubles().isEmpty() ? "AllRunning" : "NotAllRunning",
                    own.troubles().isEmpty()
                        ? "Kubernetes %s (engine %s)".formatted(own.version(), own.engine())
                        : "not running: " + String.join(", ", own.troubles()))));
    return conditions;
  }

  private boolean diskIsFull() {
    try {
      var disk = Files.getFileStore(dataDirectory);
      return disk.getUsableSpace() < disk.getTotalSpace() / FREE_PARTS;
    } catch (IOException e) {
      return true;
    }
  }

  private static ObjectNode condition(
      JsonNode status, Instant instant, String type, boolean holds, String reason, String message) {
    String now = instant.truncatedTo(ChronoUnit.SECONDS).toString();
    String value = holds ? "True" : "False";
    ObjectNode condition =
        Json.object()
            .put("type", type)
            .put("status", value)
            .put("reason", reason)
            .put("message", message)
            .put("lastHeartbeatTime", now)
            .put("lastTransitionTime", now);
    JsonNode before = find(status, type);
    if (before.path("status").asText().equals(value)) {
      condition.set("lastTransitionTime", before.path("lastTransitionTime"));
      if (isFresh(before.path("lastHeartbeatTime").asText(), instant)) {
        condition.set("lastHeartbeatTime", before.path("lastHeartbeatTime"));
      }
    }
    return condition;
  }

  private static boolean isFresh(String heartbeat, Instant now) {
    try {
      return Duration.between(Instant.parse(heartbeat), now).abs().compareTo(RENEWAL) < 0;
    } catch (DateTimeException e) {
      return false;
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      return "";
    }
  }
}
