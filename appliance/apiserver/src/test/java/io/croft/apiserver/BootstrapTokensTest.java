package io.croft.apiserver;

import static io.croft.apiserver.TestControlPlane.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
final class BootstrapTokensTest {
  private static final String SECRETS = "/api/v1/namespaces/kube-system/secrets";
  private static final String NAME = SECRETS + "/bootstrap-token-abcdef";
  private static final String TOKEN = "abcdef.0123456789abcdef";
  private static final String REVIEWS = "/apis/authentication.k8s.io/v1/tokenreviews";

  @TempDir Path directory;
  private TestControlPlane plane;
  private TestApi api;

  @BeforeEach
  void start() throws Exception {
    plane = new TestControlPlane(directory);
    api = plane.api;
  }

  @AfterEach
  void stop() {
    plane.close();
  }

  private static Map<String, String> usual() {
    return new TreeMap<>(
        Map.of(
            "token-id", "abcdef",
            "token-secret", "0123456789abcdef",
            "usage-bootstrap-authentication", "true"));
  }

  private void create(Map<String, String> data) {
    var fields = new StringBuilder();
    data.forEach((key, value) ->
        fields.append(fields.isEmpty() ? "" : ",").append("\"%s\":\"%s\"".formatted(key, value)));
    var answer =
        api.post(
            SECRETS,
            "{\"metadata\":{\"name\":\"bootstrap-token-abcdef\"},\"type\":\"bootstrap.kubernetes.io/token\",\"stringData\":{%s}}"
                .formatted(fields));
    assertThat(answer.code()).as(answer.body().toString()).isEqualTo(201);
  }

  private JsonNode review(String token) {
    var answer = api.post(REVIEWS, "{\"spec\":{\"token\":\"%s\"}}".formatted(token));
    return answer.body().path("status");
  }

  @Test
  void letsItsBearerInAsABootstrapper() {
    Map<String, String> data = usual();
    data.put("auth-extra-groups", "system:bootstrappers:edge, system:bootstrappers:site:one");
    data.put("expiration", Instant.now().plus(Duration.ofHours(1)).toString());
    create(data);
    JsonNode status = review(TOKEN);
    assertThat(status.path("authenticated").asBoolean()).as(status.toString()).isTrue();
    assertThat(status.at("/user/username").asText()).isEqualTo("system:bootstrap:abcdef");
    assertThat(status.at("/user/groups"))
        .hasToString(
            "[\"system:bootstrappers\",\"system:bootstrappers:edge\",\"system:bootstrappers:site:one\",\"system:authenticated\"]");
    api.delete(NAME);
    assertThat(review(TOKEN).path("authenticated").asBoolean()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"abcdef.0123456789abcdeg", "abcdeg.0123456789abcdef", "abcdef.0123456789abcde"})
  void refusesOthers(String token) {
    create(usual());
    assertThat(review(token).path("authenticated").asBoolean()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "usage-bootstrap-authentication, false",
    "token-id, fedcba",
    "auth-extra-groups, system:masters",
    "auth-extra-groups, 'system:bootstrappers:good,system:bootstrappers:BAD'"
  })
  void refusesTokensThatAreNotFit(String key, String value) {
    Map<String, String> data = usual();
    data.put(key, value);
    create(data);
    assertThat(review(TOKEN).path("authenticated").asBoolean()).isFalse();
  }

  @Test
  void areDeletedWhenTheyExpire() throws Exception {
    Map<String, String> data = usual();
    data.put("expiration", Instant.now().plus(Duration.ofSeconds(2)).toString());
    create(data);
    plane.eventuallyGone(NAME);
    assertThat(review(TOKEN).path("authenticated").asBoolean()).isFalse();
  }

  @Test
  void areDeletedWhenTheirEndCannotBeRead() throws Exception {
    Map<String, String> data = usual();
    data.put("expiration", "tomorrow");
    create(data);
    eventually("the token is gone", () -> api.get(NAME).code() == 404);
  }
}
