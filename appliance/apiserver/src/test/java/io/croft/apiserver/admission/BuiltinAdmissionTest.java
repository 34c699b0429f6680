package io.croft.apiserver.admission;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.Concurrently;
import io.croft.model.StatusException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the built-in admissions add to objects, and what they refuse.
final class BuiltinAdmissionTest {
  @TempDir Path directory;
  private AdmittingRegistry registry;

  @BeforeEach
  void start() {
    registry = new AdmittingRegistry(directory);
    registry.create("serviceaccounts", "default", "{}");
  }

  @AfterEach
  void stop() {
    registry.close();
  }

  private static String pod(String spec) {
    return "{\"spec\":{\"containers\":[{\"name\":\"c\"%s}]}}".formatted(spec);
  }

  private static String resources(String requests, String limits) {
    return ",\"resources\":{\"requests\":{%s},\"limits\":{%s}}".formatted(requests, limits);
  }

  @Test
  void runsPodsAsTheDefaultAccountWithAToken() {
    JsonNode spec = registry.create("pods", "p", pod("")).path("spec");
    assertThat(spec.path("serviceAccountName").asText()).isEqualTo("default");
    JsonNode mount = spec.at("/containers/0/volumeMounts/0");
    assertThat(mount.path("mountPath").asText())
        .isEqualTo("/var/run/secrets/kubernetes.io/serviceaccount");
    JsonNode volume = spec.at("/volumes/0");
    assertThat(volume.path("name").asText())
        .matches("kube-api-access-[a-z0-9]{5}")
        .isEqualTo(mount.path("name").asText());
    assertThat(volume.at("/projected/sources").findValuesAsText("path"))
        .containsExactly("token", "ca.crt", "namespace");
  }

  @Test
  void leavesOutTheTokenWhereNobodyWantsOne() {
    registry.create("serviceaccounts", "shy", "{\"automountServiceAccountToken\":false}");
    String spec = "{\"spec\":{\"serviceAccountName\":\"shy\"%s,\"containers\":[{\"name\":\"c\"}]}}";
    assertThat(registry.create("pods", "a", spec.formatted("")).path("spec").has("volumes"))
        .isFalse();
    String yet = ",\"automountServiceAccountToken\":true";
    assertThat(registry.create("pods", "b", spec.formatted(yet)).path("spec").has("volumes"))
        .isTrue();
  }

  @Test
  void takesPullSecretsFromTheAccountAndRefusesOneThatIsNotThere() {
    registry.create("serviceaccounts", "puller", "{\"imagePullSecrets\":[{\"name\":\"key\"}]}");
    String spec = "{\"spec\":{\"serviceAccountName\":\"%s\",\"containers\":[{\"name\":\"c\"}]}}";
    assertThat(
            registry
                .create("pods", "a", spec.formatted("puller"))
                .at("/spec/imagePullSecrets/0/name"))
        .hasToString("\"key\"");
    assertThat(registry.refusal("pods", "b", spec.formatted("none")))
        .isEqualTo(
            "403 pods \"b\" is forbidden: error looking up service account shop/none:"
                + " serviceaccount \"none\" not found");
  }

  @Test
  void givesClaimsTheNewestDefaultClass() {
    assertThat(claim("a", "{}").has("storageClassName")).isFalse();
    String marked =
        "{\"metadata\":{\"annotations\":{\"storageclass.kubernetes.io/is-default-class\":\"true\"}}}";
    registry.create("storageclasses", "fast", marked);
    registry.create("storageclasses", "cheap", "{}");
    assertThat(claim("b", "{}").path("storageClassName").asText()).isEqualTo("fast");
    assertThat(claim("c", "{\"storageClassName\":\"\"}").path("storageClassName").asText())
        .isEmpty();
  }

  private JsonNode claim(String name, String spec) {
    return registry.create("persistentvolumeclaims", name, "{\"spec\":" + spec + "}").path("spec");
  }

  @Test
  void fillsInAndEnforcesLimitRanges() {
    registry.create(
        "limitranges",
        "range",
        "{\"spec\":{\"limits\":[{\"type\":\"Container\",\"default\":{\"cpu\":\"500m\"},"
            + "\"defaultRequest\":{\"cpu\":\"100m\"},\"min\":{\"cpu\":\"50m\"},\"max\":{\"cpu\":\"1\"},"
            + "\"maxLimitRequestRatio\":{\"cpu\":\"10\"}},{\"type\":\"PersistentVolumeClaim\","
            + "\"max\":{\"storage\":\"1Gi\"}}]}}");
    ObjectNode completed = registry.create("pods", "a", pod(""));
    assertThat(completed.at("/spec/containers/0/resources"))
        .hasToString("{\"limits\":{\"cpu\":\"500m\"},\"requests\":{\"cpu\":\"100m\"}}");
    assertThat(completed.at("/metadata/annotations/kubernetes.io~1limit-ranger").asText())
        .isEqualTo(
            "LimitRanger plugin set: cpu limit for container c; cpu request for container c");
    assertThat(registry.refusal("pods", "b", pod(resources("\"cpu\":\"10m\"", "\"cpu\":\"2\""))))
        .isEqualTo(
            "403 pods \"b\" is forbidden: [minimum cpu usage per Container is 50m, but request is"
                + " 10m, maximum cpu usage per Container is 1, but limit is 2, cpu max limit to"
                + " request ratio per Container is 10, but provided ratio is 200.000000]");
    assertThat(
            registry.refusal(
                "persistentvolumeclaims",
                "c",
                "{\"spec\":{\"resources\":{\"requests\":{\"storage\":\"2Gi\"}}}}"))
        .contains("maximum storage usage per PersistentVolumeClaim is 1Gi, but limit is 2Gi");
  }

  private void quota(String hard, String more) {
    registry.create("resourcequotas", "quota", "{\"spec\":{\"hard\":{" + hard + "}" + more + "}}");
  }

  private String used(String name) {
    return registry
        .get("resourcequotas", "quota")
        .at("status", "used", name)
        .orElseThrow()
        .asText();
  }

  @Test
  void countsAgainstQuotasAndRefusesWhatIsTooMuch() {
    quota("\"requests.cpu\":\"1\",\"pods\":\"5\"", "");
    registry.create("pods", "a", pod(resources("\"cpu\":\"600m\"", "")));
    assertThat(used("requests.cpu")).isEqualTo("600m");
    assertThat(used("pods")).isEqualTo("1");
    assertThat(registry.refusal("pods", "b", pod(resources("\"cpu\":\"500m\"", ""))))
        .isEqualTo(
            "403 pods \"b\" is forbidden: exceeded quota: quota, requested: requests.cpu=500m,"
                + " used: requests.cpu=600m, limited: requests.cpu=1");
    assertThat(registry.refusal("pods", "b", pod("")))
        .contains("failed quota: quota: must specify requests.cpu for: c");
    assertThat(used("pods")).isEqualTo("1");
  }

  @Test
  void countsObjectsOfAnyKind() {
    registry.create("configmaps", "before", "{}");
    quota("\"count/configmaps\":\"2\"", "");
    registry.create("configmaps", "a", "{}");
    assertThat(registry.refusal("configmaps", "b", "{}"))
        .contains("requested: count/configmaps=1, used: count/configmaps=2");
    registry.delete("configmaps", "before");
    registry.create("configmaps", "b", "{}"); // found out by counting anew
    registry.delete("configmaps", "a");
    registry.delete("configmaps", "b");
    assertThat(registry.quotas.recount("shop", "quota")).isTrue();
    assertThat(registry.quotas.recount("shop", "none")).isFalse();
  }

  @Test
  void makesRoomAtOnceByADeletion() {
    quota("\"count/configmaps\":\"1\"", "");
    for (int i = 0; i < 3; i++) {
      registry.create("configmaps", "m", "{}");
      registry.delete("configmaps", "m");
    }
    registry.create("configmaps", "m", "{}");
    assertThat(registry.refusal("configmaps", "n", "{}")).contains("exceeded quota");
  }

  @Test
  void countsOnlyPodsInScope() {
    quota("\"pods\":\"1\"", ",\"scopes\":[\"BestEffort\"]");
    registry.create("pods", "a", pod(""));
    assertThat(registry.refusal("pods", "b", pod(""))).contains("exceeded quota");
    registry.create("pods", "c", pod(resources("\"cpu\":\"1\"", "")));
  }

  @Test
  void neverGivesAShareAwayTwice() {
    quota("\"count/configmaps\":\"10\"", "");
    var created = new AtomicInteger();
    Concurrently.forEach(
        IntStream.range(0, 60).iterator(),
        12,
        i -> {
          try {
            registry.create("configmaps", "m" + i, "{}");
            created.incrementAndGet();
          } catch (StatusException e) {
            assertThat(e.status().code()).isEqualTo(403);
          }
        });
    assertThat(created).hasValue(10);
    assertThat(used("count/configmaps")).isEqualTo("10");
  }
}
