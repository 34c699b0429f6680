package io.croft.client;

import static io.croft.client.FakeApi.WIDGETS;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class CompactionTest {
  private static ApiObject widget(String name, String text) throws Exception {
    String json =
        """
        {"apiVersion": "example.com/v1", "kind": "Widget",
         "metadata": {"name": "%s", "managedFields": [{"manager": "m"}], "labels": {"a": "b"}},
         "spec": {"colour": "red", "sizes": [1, 2.5, null, true, {"x": []}], "secret": "s"},
         "status": {"text": "%s"}}
        """
            .formatted(name, text);
    return ApiObject.of(Json.parseObject(json.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void keepsEverythingElse() throws Exception {
    ObjectNode expected = widget("w", "t").json();
    ApiObject kept =
        new Compaction(Selection.all(WIDGETS).whole().omitted()).compacted(widget("w", "t"));
    assertThat(kept.json()).isEqualTo(expected);
    ((ObjectNode) expected.path("metadata")).remove("managedFields");
    kept = new Compaction(Selection.all(WIDGETS).omitted()).compacted(widget("w", "t"));
    assertThat(kept.json()).isEqualTo(expected);
    assertThat(kept.json().toString()).isEqualTo(expected.toString());
    kept.copy().setName("another").json().putObject("more"); // a copy can be changed as any
    assertThat(kept.json()).isEqualTo(expected);
  }

  @Test
  void leavesOutWhatNobodyReads() throws Exception {
    var compaction =
        new Compaction(
            Selection.all(WIDGETS)
                .without("spec.secret", "status", "no.such", "spec.colour.x")
                .omitted());
    ApiObject kept = compaction.compacted(widget("w", "t"));
    assertThat(kept.json().path("spec").has("secret")).isFalse();
    assertThat(kept.json().has("status")).isFalse();
    assertThat(kept.json().at("/spec/colour").asText()).isEqualTo("red");
    assertThat(kept.name()).isEqualTo("w");
  }

  @Test
  void hasWhatIsCommonOnce() throws Exception {
    var compaction = new Compaction(List.of());
    String text = "x".repeat(65);
    ApiObject first = compaction.compacted(widget("first", text));
    ApiObject second = compaction.compacted(widget("second", text));
    assertThat(second.json().get("kind")).isSameAs(first.json().get("kind"));
    assertThat(second.json().at("/status/text")).isNotSameAs(first.json().at("/status/text"));
    for (int i = 0; i < 10_000; i++) { // more names than it keeps
      assertThat(compaction.compacted(widget("w" + i, "t")).name()).isEqualTo("w" + i);
    }
  }
}
