package io.croft.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Deployments, pods and the like: stored, completed and checked as kube-apiserver does it.
final class WorkloadsTest {
  private static final String DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
  private static final String DEPLOYMENT =
      """
      {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
       "spec": {"selector": {"matchLabels": {"app": "web"}},
        "template": {"metadata": {"labels": {"app": "web"}},
         "spec": {"containers": [{"name": "web", "image": "nginx", "ports": [{"containerPort": 80}],
          "resources": {"limits": {"cpu": "1000m"}, "requests": {"cpu": 0.5}}}]}}}}
      """;

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

  @Test
  void completesADeployment() {
    var made = api.post(DEPLOYMENTS, DEPLOYMENT);
    assertThat(made.code()).as(made.body().toString()).isEqualTo(201);
    assertThat(made.body().path("metadata").path("generation").asInt()).isEqualTo(1);
    assertThat(made.body().path("spec").toString())
        .isEqualTo(
            "{\"selector\":{\"matchLabels\":{\"app\":\"web\"}},\"template\":{\"metadata\":{\"labels\":"
                + "{\"app\":\"web\"}},\"spec\":{\"containers\":[{\"name\":\"web\",\"image\":\"nginx\",\"ports\":"
                + "[{\"containerPort\":80,\"protocol\":\"TCP\"}],\"resources\":{\"limits\":{\"cpu\":\"1\"},"
                + "\"requests\":{\"cpu\":\"500m\"}},\"terminationMessagePath\":\"/dev/termination-log\","
                + "\"terminationMessagePolicy\":\"File\",\"imagePullPolicy\":\"Always\"}],"
                + "\"restartPolicy\":\"Always\",\"dnsPolicy\":\"ClusterFirst\",\"schedulerName\":"
                + "\"default-scheduler\",\"terminationGracePeriodSeconds\":30,\"securityContext\":{}}},"
                + "\"replicas\":1,\"revisionHistoryLimit\":10,\"progressDeadlineSeconds\":600,"
                + "\"strategy\":{\"type\":\"RollingUpdate\",\"rollingUpdate\":{\"maxUnavailable\":\"25%\","
                + "\"maxSurge\":\"25%\"}}}");
    assertThat(api.stored("/registry/deployments/default/web").value().length()).isPositive();
  }

  @Test
  void refusesADeploymentWhoseSelectorMissesItsPods() {
    var refused =
        api.post(
            DEPLOYMENTS,
            DEPLOYMENT.replace("\"labels\": {\"app\": \"web\"}", "\"labels\": {\"app\": \"x\"}"));
    assertThat(refused.code()).isEqualTo(422);
    assertThat(refused.text("message"))
        .isEqualTo(
            "Deployment.apps \"web\" is invalid: spec.template.metadata.labels: Invalid value:"
                + " {\"app\":\"x\"}: `selector` does not match template `labels`");
  }

  @Test
  void servesAutoscalersInBothVersions() {
    String scalers = "/namespaces/default/horizontalpodautoscalers";
    String body =
        """
        {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
         "metadata": {"name": "web"}, "spec": {"maxReplicas": 3,
          "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
          "metrics": [{"type": "Resource", "resource": {"name": "memory",
            "target": {"type": "AverageValue", "averageValue": "1Gi"}}},
           {"type": "Resource", "resource": {"name": "cpu",
            "target": {"type": "Utilization", "averageUtilization": 60}}}]}}
        """;
    assertThat(api.post("/apis/autoscaling/v2" + scalers, body).code()).isEqualTo(201);
    var older = api.get("/apis/autoscaling/v1" + scalers + "/web");
    assertThat(older.body().at("/spec/targetCPUUtilizationPercentage").asInt()).isEqualTo(60);
    assertThat(older.body().at("/metadata/annotations").toString()).contains("memory");
    api.patch(
        "/apis/autoscaling/v1" + scalers + "/web", "merge-patch", "{\"spec\":{\"maxReplicas\":9}}");
    var newer = api.get("/apis/autoscaling/v2" + scalers + "/web");
    assertThat(newer.body().at("/spec/maxReplicas").asInt()).isEqualTo(9);
    assertThat(newer.body().at("/spec/metrics").findValuesAsText("name"))
        .containsExactlyInAnyOrder("cpu", "memory");
    assertThat(newer.body().path("metadata").has("annotations")).isFalse();
    // An annotation may say anything; what is no metric does not become one.
    api.patch(
        "/apis/autoscaling/v1" + scalers + "/web",
        "merge-patch",
        "{\"metadata\":{\"annotations\":{\"autoscaling.alpha.kubernetes.io/metrics\":\"{}\"}}}");
    assertThat(
            api.get("/apis/autoscaling/v2" + scalers + "/web")
                .body()
                .at("/spec/metrics")
                .findValuesAsText("name"))
        .containsExactly("cpu");
  }
}
