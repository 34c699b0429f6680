package io.croft.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Objects as they are stored, with the record of owners left as text.
final class StoredJsonTest {
  private static final String OBJECT =
      "{\"kind\":\"é\",\"metadata\":{\"name\":\"a\",\"managedFields\":[{\"f\":{\"é\":[1]}}],"
          + "\"labels\":{\"managedFields\":\"x\"}},\"spec\":{\"metadata\":{\"managedFields\":[1]}}}";

  private static ObjectNode parse(String json) throws MalformedJsonException {
    return StoredJson.parse(json.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void keepsTheRecordAsTextAndWritesItAsItWas() throws Exception {
    ObjectNode object = parse(OBJECT);
    JsonNode record = object.get("metadata").get("managedFields");
    JsonNode copy = record.deepCopy();
    assertThat(record.isArray()).isFalse();
    assertThat(copy).isEqualTo(record);
    assertThat(Json.text(object)).isEqualTo(OBJECT);
    assertThat(StoredJson.read(record).toString()).isEqualTo("[{\"f\":{\"é\":[1]}}]");
    assertThat(object.get("spec").get("metadata").get("managedFields"))
        .isInstanceOf(ArrayNode.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"metadata\":1}",
        "{\"metadata\":{\"managedFields\":null}}",
        "{\"metadata\":{\"managedFields\":{}},\"a\":[null,1.50,{}]}"
      })
  void readsAllElseAsTrees(String json) throws Exception {
    assertThat(parse(json)).isEqualTo(Json.parse(json.getBytes(StandardCharsets.UTF_8)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{",
        "{} {}",
        "{\"a\":1,\"a\":2}",
        "{\"metadata\":{\"managedFields\":[}}"
      })
  void refusesWhatIsNoObject(String json) {
    assertThatThrownBy(() -> parse(json)).isInstanceOf(MalformedJsonException.class);
  }
}
