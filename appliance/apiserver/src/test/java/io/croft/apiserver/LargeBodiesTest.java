package io.croft.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Questions that anybody may put are short.
final class LargeBodiesTest {
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "authorization.k8s.io/v1/selfsubjectaccessreviews",
        "authentication.k8s.io/v1/selfsubjectreviews"
      })
  void aLongQuestionIsRefused(String resource) {
    try (var api = new TestApi(directory)) {
      String question =
          "{\"spec\":{\"nonResourceAttributes\":{\"path\":\"/%s\",\"verb\":\"get\"}}}";
      String path = "/apis/" + resource;
      assertThat(api.post(path, question.formatted("x".repeat(64 << 10))).code()).isEqualTo(413);
      assertThat(api.post(path, question.formatted("x")).code()).isNotEqualTo(413);
      // Others are not held to that.
      String large =
          "{\"metadata\":{\"name\":\"m\"},\"data\":{\"d\":\"%s\"}}"
              .formatted("x".repeat(200 << 10));
      assertThat(api.post("/api/v1/namespaces/default/configmaps", large).code()).isEqualTo(201);
    }
  }
}
