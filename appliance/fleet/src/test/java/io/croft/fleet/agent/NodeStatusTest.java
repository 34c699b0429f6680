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
        Optional::empty,
        HostEngine.NONE);
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

  @Test
  void saysNothingThatAKubeletSays() {
    NodeStatus status = status(Optional.empty());
    assertThat(status.patchBesides("", Json.object(), NOW)).isEmpty();
    assertThat(status(controlPlane()).patchBesides("", Json.object(), NOW).orElseThrow())
        .asString()
        .startsWith("{\"status\":{\"conditions\":[{\"type\":\"fleet.croft.io/ControlPlaneReady\"")
        .doesNotContain("\"Ready\"");
  }

  @Test
  void saysInThePlaceOfAKubeletWhyItDoesNotRun() {
    NodeStatus status = status(Optional.empty());
    ObjectNode patch =
        status.patchBesides("it ended with code 7", Json.object(), NOW).orElseThrow();
    assertThat(patch.path("status").properties()).hasSize(1);
    JsonNode ready = patch.at("/status/conditions/0");
    assertThat(ready.path("type").asText()).isEqualTo("Ready");
    assertThat(ready.path("status").asText()).isEqualTo("False");
    assertThat(ready.path("reason").asText()).isEqualTo("K3sNotReady");
    assertThat(ready.path("message").asText()).isEqualTo("it ended with code 7");
    JsonNode before = patch.path("status");
    assertThat(status.patchBesides("it ended with code 7", before, NOW.plusSeconds(10))).isEmpty();
  }

  @Test
  void clearsAwayWhatAKubeletHasLeft() {
    NodeStatus status = status(Optional.empty());
    var before = (ObjectNode) status.patch(Json.object(), NOW).orElseThrow().path("status");
    assertThat(status.patch(before, NOW)).isEmpty();
    ((ObjectNode) before.path("capacity")).put("pods", "110").put("hugepages-2Mi", "0");
    JsonNode patch = status.patch(before, NOW).orElseThrow().path("status");
    assertThat(patch.path("daemonEndpoints").isNull()).isTrue();
    assertThat(patch.path("images").isNull()).isTrue();
    assertThat(patch.at("/capacity/hugepages-2Mi").isNull()).isTrue();
    assertThat(patch.at("/capacity/pods").asText()).isEqualTo("0");
  }

  @Test
  void takesBackBesideAKubeletWhatIsTrueNoLonger() {
    JsonNode before =
        status(controlPlane()).patchBesides("", Json.object(), NOW).orElseThrow().path("status");
    assertThat(status(Optional.empty()).patchBesides("", before, NOW).orElseThrow())
        .hasToString(
            "{\"status\":{\"conditions\":[{\"$patch\":\"delete\",\"type\":\"fleet.croft.io/ControlPlaneReady\"}]}}");
  }
}
