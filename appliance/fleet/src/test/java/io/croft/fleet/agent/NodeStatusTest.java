package io.croft.fleet.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("S4")
class NodeStatusTest {
  private static final Instant NOW = Instant.parse("2026-11-21T21:00:00Z");

  @TempDir private Path directory;

  private NodeStatus status(Optional<OwnControlPlane> controlPlane) {
    return new NodeStatus(
        URI.create("https://127.0.0.1:8443"),
        "edge-1",
        directory,
        new Inventory("0.1.0", () -> controlPlane),
        Optional::empty,
        Optional::empty);
  }

  private static Optional<OwnControlPlane> controlPlane(String... troubles) {
    return Optional.of(new OwnControlPlane("v1.34.0", "embedded", List.of(troubles)));
  }

  private static JsonNode condition(JsonNode status) {
    for (JsonNode condition : status.path("conditions")) {
      if (condition.path("type").asText().equals("fleet.croft.io/ControlPlaneReady")) {
        return condition;
      }
    }
    return Json.object();
  }

  @Test
  void anAgentHasNothingToSayOfAControlPlane() {
    ObjectNode patch = status(Optional.empty()).patch(Json.object(), NOW).orElseThrow();
    assertThat(condition(patch.path("status"))).isEmpty();
    assertThat(new Inventory("0.1.0", Optional::empty).read().has("controlPlane")).isFalse();
  }

  @Test
  void anEdgeTellsHowItsControlPlaneIs() {
    JsonNode good = status(controlPlane()).patch(Json.object(), NOW).orElseThrow().path("status");
    assertThat(condition(good).path("status").asText()).isEqualTo("True");
    assertThat(condition(good).path("message").asText())
        .isEqualTo("Kubernetes v1.34.0 (engine embedded)");
    assertThat(new Inventory("0.1.0", () -> controlPlane()).read().path("controlPlane").toString())
        .isEqualTo("{\"engine\":\"embedded\",\"version\":\"v1.34.0\"}");

    Instant later = NOW.plusSeconds(10);
    JsonNode bad =
        status(controlPlane("k3s", "gateway")).patch(good, later).orElseThrow().path("status");
    assertThat(condition(bad).path("status").asText()).isEqualTo("False");
    assertThat(condition(bad).path("message").asText()).isEqualTo("not running: k3s, gateway");
    assertThat(condition(bad).path("lastTransitionTime").asText()).isEqualTo(later.toString());
  }
}
