package io.croft.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.apiserver.TestApi.Answer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What services are given, and that no two of them are given the same.
final class ServicesTest {
  private static final String SERVICES = "/api/v1/namespaces/default/services";

  @TempDir Path directory;
  private TestApi api;

  @BeforeEach
  void start() {
    api = new TestApi(directory);
  }

  @AfterEach
  void stop() {
    api.close();
  }

  private static String service(String name, String spec) {
    return "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\""
        + name
        + "\"},\"spec\":{\"ports\":[{\"port\":80}],"
        + spec
        + "}}";
  }

  private Answer make(String name, String spec) {
    return api.post(SERVICES, service(name, spec));
  }

  @Test
  void getsAnAddressOfTheRange() {
    JsonNode spec = make("a", "\"selector\":{\"app\":\"a\"}").body().path("spec");
    assertThat(spec.path("clusterIP").asText()).matches("10\\.(9[6-9]|10\\d|11[01])\\.\\d+\\.\\d+");
    assertThat(spec.path("clusterIPs").path(0)).isEqualTo(spec.path("clusterIP"));
    assertThat(spec.path("type").asText()).isEqualTo("ClusterIP");
    assertThat(spec.path("sessionAffinity").asText()).isEqualTo("None");
    assertThat(spec.path("internalTrafficPolicy").asText()).isEqualTo("Cluster");
    assertThat(spec.path("ipFamilies").path(0).asText()).isEqualTo("IPv4");
    assertThat(spec.path("ipFamilyPolicy").asText()).isEqualTo("SingleStack");
    assertThat(spec.path("ports").path(0).path("targetPort").asInt()).isEqualTo(80);
  }

  @Test
  void getsNoAddressWhenItWantsNone() {
    assertThat(make("a", "\"clusterIP\":\"None\"").text("spec", "clusterIP")).isEqualTo("None");
    Answer external = make("b", "\"type\":\"ExternalName\",\"externalName\":\"example.com\"");
    assertThat(external.code()).isEqualTo(201);
    assertThat(external.body().path("spec").has("clusterIP")).isFalse();
  }

  @Test
  void refusesAnAddressThatIsTaken() {
    assertThat(make("a", "\"clusterIP\":\"10.96.0.20\"").code()).isEqualTo(201);
    Answer refused = make("b", "\"clusterIP\":\"10.96.0.20\"");
    assertThat(refused.code()).isEqualTo(422);
    assertThat(refused.text("message"))
        .endsWith("failed to allocate IP 10.96.0.20: provided IP is already allocated");
    api.delete(SERVICES + "/a");
    assertThat(make("b", "\"clusterIP\":\"10.96.0.20\"").code()).isEqualTo(201);
  }

  @Test
  void givesBackWhatAFinalizerHeld() {
    assertThat(make("a", "\"clusterIP\":\"10.96.0.20\"").code()).isEqualTo(201);
    String held = "{\"metadata\":{\"finalizers\":[\"example.com/hold\"]}}";
    api.patch(SERVICES + "/a", "merge-patch", held);
    api.delete(SERVICES + "/a");
    assertThat(make("b", "\"clusterIP\":\"10.96.0.20\"").code()).isEqualTo(422);
    api.patch(SERVICES + "/a", "merge-patch", "{\"metadata\":{\"finalizers\":null}}");
    assertThat(api.get(SERVICES + "/a").code()).isEqualTo(404);
    assertThat(make("b", "\"clusterIP\":\"10.96.0.20\"").code()).isEqualTo(201);
  }

  @Test
  void knowsAfterARestartWhatIsTaken() {
    make("a", "\"type\":\"NodePort\",\"clusterIP\":\"10.96.0.20\"");
    int port = api.get(SERVICES + "/a").body().at("/spec/ports/0/nodePort").asInt();
    api.close();
    api = new TestApi(directory);
    assertThat(make("b", "\"clusterIP\":\"10.96.0.20\"").code()).isEqualTo(422);
    String same = "\"type\":\"NodePort\",\"ports\":[{\"port\":80,\"nodePort\":" + port + "}]";
    String body =
        "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"b\"},\"spec\":{"
            + same
            + "}}";
    assertThat(api.post(SERVICES, body).text("message"))
        .endsWith(
            "spec.ports[0].nodePort: Invalid value: "
                + port
                + ": provided port is already allocated");
  }

  @Test
  void keepsNothingOfWhatWasOnlyTriedOrRefused() {
    String wanted = "\"clusterIP\":\"10.96.0.20\"";
    assertThat(api.post(SERVICES + "?dryRun=All", service("a", wanted)).code()).isEqualTo(201);
    assertThat(make("A", wanted).code()).isEqualTo(422);
    assertThat(make("a", wanted).code()).isEqualTo(201);
  }

  @Test
  void opensAndClosesPortsWithItsType() {
    make("a", "\"selector\":{\"app\":\"a\"}");
    Answer opened = api.patch(SERVICES + "/a", "merge-patch", "{\"spec\":{\"type\":\"NodePort\"}}");
    int port = opened.body().at("/spec/ports/0/nodePort").asInt();
    assertThat(port).isBetween(30_000, 32_767);
    assertThat(opened.text("spec", "externalTrafficPolicy")).isEqualTo("Cluster");
    Answer closed =
        api.patch(SERVICES + "/a", "merge-patch", "{\"spec\":{\"type\":\"ClusterIP\"}}");
    assertThat(closed.code()).as(closed.body().toString()).isEqualTo(200);
    assertThat(closed.body().at("/spec/ports/0").has("nodePort")).isFalse();
    assertThat(closed.body().path("spec").has("externalTrafficPolicy")).isFalse();
    String other =
        "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"b\"},\"spec\":{"
            + "\"type\":\"NodePort\",\"ports\":[{\"port\":80,\"nodePort\":"
            + port
            + "}]}}";
    assertThat(api.post(SERVICES, other).code()).isEqualTo(201);
  }

  @Test
  void keepsItsAddressWhenAnUpdateLeavesItOut() {
    String address = make("a", "\"selector\":{\"app\":\"a\"}").text("spec", "clusterIP");
    Answer updated = api.put(SERVICES + "/a", service("a", "\"selector\":{\"app\":\"b\"}"));
    assertThat(updated.text("spec", "clusterIP")).isEqualTo(address);
  }

  @Test
  void givesNothingTwiceWhenManyAskAtATime() throws Exception {
    List<Future<Answer>> made = new ArrayList<>();
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 100; i++) {
        String name = "s" + i;
        made.add(executor.submit(() -> make(name, "\"type\":\"NodePort\"")));
      }
    }
    Set<String> addresses = new HashSet<>();
    Set<Integer> ports = new HashSet<>();
    for (Future<Answer> answer : made) {
      assertThat(answer.get().code()).isEqualTo(201);
      addresses.add(answer.get().text("spec", "clusterIP"));
      ports.add(answer.get().body().at("/spec/ports/0/nodePort").asInt());
    }
    assertThat(addresses).hasSize(100);
    assertThat(ports).hasSize(100);
  }
}
