package io.croft.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Every workload has an event that says that nothing runs it, and no more than one.
@Timeout(120)
final class WorkloadNoticesTest {
  private static final String EVENTS =
      "/api/v1/events?fieldSelector=reason%3DWorkloadsNotRun,involvedObject.name%3D";
  private static final String PODS = "/api/v1/namespaces/default/pods";
  private static final List<String> KINDS =
      List.of(
          "pods",
          "replicationcontrollers",
          "deployments",
          "replicasets",
          "statefulsets",
          "daemonsets",
          "jobs",
          "cronjobs");

  @TempDir Path directory;
  private TestControlPlane plane;

  @BeforeEach
  void start() throws Exception {
    plane = new TestControlPlane(directory);
    plane.api.addDefaultServiceAccount();
  }

  @AfterEach
  void stop() {
    plane.close();
  }

  private JsonNode events(String name) {
    return plane.api.get(EVENTS + name).body().path("items");
  }

  private List<String> kinds(String name) {
    var kinds = new ArrayList<String>();
    events(name).forEach(e -> kinds.add(e.path("involvedObject").path("kind").asText()));
    return kinds;
  }

  private void eventually(String name, int count) throws Exception {
    TestControlPlane.eventually(
        count + " events of " + name + ", not " + kinds(name), () -> events(name).size() >= count);
    assertThat(kinds(name)).hasSize(count);
  }

  private void makeOneOfEachKind() throws Exception {
    for (String plural : KINDS) {
      var sample =
          KindsTest.samples()
              .filter(s -> s.collection().endsWith("/" + plural))
              .findFirst()
              .orElseThrow();
      assertThat(plane.api.post(sample.collection(), sample.object().toString()).code())
          .as(plural)
          .isEqualTo(201);
    }
  }

  private String pod(String name, String owner) {
    return "{\"metadata\":{\"name\":\""
        + name
        + "\""
        + owner
        + "},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]}}";
  }

  @Test
  void saysOfEveryKindThatNothingRunsIt() throws Exception {
    makeOneOfEachKind();
    eventually("x", KINDS.size());
    assertThat(kinds("x"))
        .containsExactlyInAnyOrder(
            "Pod",
            "ReplicationController",
            "Deployment",
            "ReplicaSet",
            "StatefulSet",
            "DaemonSet",
            "Job",
            "CronJob");
    for (JsonNode event : events("x")) {
      String kind = event.at("/involvedObject/kind").asText();
      assertThat(event.path("type").asText()).isEqualTo("Warning");
      assertThat(event.path("message").asText())
          .startsWith("This " + kind + " is stored, but nothing runs it:")
          .contains("A k3s on the same store (croft store serve) runs it");
      assertThat(event.at("/involvedObject/uid").asText()).isNotEmpty();
      assertThat(event.path("count").asInt()).isEqualTo(1);
    }
    assertThat(plane.api.get(PODS + "/x").body().path("status").has("conditions")).isFalse();
  }

  @Test
  void saysItOnceWhateverHappensToTheObject() throws Exception {
    makeOneOfEachKind();
    eventually("x", KINDS.size());
    String web = "/apis/apps/v1/namespaces/default/deployments/x";
    plane.api.patch(web, "merge-patch", "{\"spec\":{\"replicas\":7}}");
    plane.api.patch(web, "merge-patch", "{\"metadata\":{\"labels\":{\"a\":\"c\"}}}");
    // A restart knows nothing of what it has said before but the events themselves.
    plane.close();
    plane = new TestControlPlane(directory);
    assertThat(plane.api.post(PODS, pod("later", "")).code()).isEqualTo(201);
    eventually("later", 1);
    assertThat(kinds("x")).hasSize(KINDS.size());
    assertThat(events("x").findValuesAsText("count")).containsOnly("1");
  }

  @Test
  void saysNothingOfWhatBelongsToAnotherWorkload() throws Exception {
    String owner =
        ",\"ownerReferences\":[{\"apiVersion\":\"%s\",\"kind\":\"%s\",\"name\":\"o\",\"uid\":"
            + "\"u\",\"controller\":true}]";
    // Its owner is not there, and what has no owner is collected: a finalizer holds it back.
    assertThat(
            plane
                .api
                .post(
                    PODS,
                    pod(
                        "owned",
                        ",\"finalizers\":[\"example.com/hold\"]"
                            + owner.formatted("apps/v1", "ReplicaSet")))
                .code())
        .isEqualTo(201);
    assertThat(
            plane.api.post(PODS, pod("others", owner.formatted("example.com/v1", "Herd"))).code())
        .isEqualTo(201);
    eventually("others", 1);
    assertThat(kinds("owned")).isEmpty();
  }

  @Test
  void saysNothingOfWhatSomebodyRuns() throws Exception {
    plane.api.post(PODS, pod("first", ""));
    eventually("first", 1);
    plane.api.delete("/api/v1/namespaces/default/events");
    // From now on a kubelet answers for it.
    plane.api.patch(PODS + "/first/status", "merge-patch", "{\"status\":{\"phase\":\"Running\"}}");
    plane.close();
    plane = new TestControlPlane(directory);
    plane.api.post(PODS, pod("second", ""));
    eventually("second", 1);
    assertThat(kinds("first")).isEmpty();
  }
}
