package io.croft.apiserver.resource;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class KubeVersionTest {
  @Test
  void putsStableAndNewVersionsFirst() {
    var versions =
        new ArrayList<>(
            List.of(
                "foo1", "v1alpha1", "v2", "v3beta1", "v10", "v12alpha1", "v11beta2", "v1", "bar"));
    versions.sort(KubeVersion.NEWEST_FIRST);
    assertThat(versions)
        .containsExactly(
            "v10", "v2", "v1", "v11beta2", "v3beta1", "v12alpha1", "v1alpha1", "bar", "foo1");
  }
}
