package io.croft.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
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

  private static @Nullable String verbatim(String json) {
    byte[] bytes = StoredJson.verbatim(json.getBytes(StandardCharsets.UTF_8), "a/v1", 7);
    return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'apiVersion':'a/v1','metadata':{}}",
        "{'apiVersion':'a/v1','kind':'K','metadata':{'name':'x'},'spec':{'a':[1,{'b':'}]'}],'c':-1.5}}",
        "{'metadata':{'labels':{'resourceVersion':'no'},'annotations':{'q':'\\'\\\\'}},'apiVersion':'a/v1'}",
        "{'spec':{'metadata':{'resourceVersion':'1'},'x':[],'y':{}},'n':null,'metadata':{'a':true},"
            + "'apiVersion':'a/v1','status':{'é':'{'}}",
      })
  void servesWhatIsStoredWithItsVersionAsDecodingWould(String text) throws Exception {
    String json = text.replace('\'', '"');
    ObjectNode decoded = parse(json);
    ApiObject.of(decoded).setResourceVersion("7");
    assertThat(parse(Objects.requireNonNull(verbatim(json)))).isEqualTo(decoded);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "k8s",
        "{}",
        "{'metadata':{}}",
        "{'apiVersion':'a/v1'}",
        "{'apiVersion':'a/v2','metadata':{}}",
        "{'apiVersion':'a/v1','metadata':[]}",
        "{'apiVersion':'a/v1','metadata':{'resourceVersion':'3'}}",
        "{'apiVersion':'a/v1','metadata':{},'metadata':{}}",
        "{'apiVersion':'a/v1','metadata':{}",
        "{'apiVersion':'a/v1','metadata':{'a':'b'",
        "{'apiVersion':'a/v1','metadata':{}}{}",
        "{'apiVersion':'a/v1', 'metadata':{}}",
      })
  void leavesToDecodingWhatIsUnusual(String text) {
    assertThat(verbatim(text.replace('\'', '"'))).isNull();
  }
}
