package io.croft.apiserver.resource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.model.Json;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class JsonPathTest {
  private static final String OBJECT =
      """
      {"spec":{"name":"n","ports":[{"port":1},{"port":2}],"a.b":"dotted"},
       "status":{"conditions":[{"type":"Ready","status":"True"},{"type":"Other","status":"False"}]}}
      """;

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '#',
      value = {
        ".spec.name, [\"n\"]",
        ".spec.ports[1].port, [2]",
        ".spec.ports[*].port, #[1,2]#",
        ".spec['a.b'], [\"dotted\"]",
        ".spec.a\\.b, [\"dotted\"]",
        ".spec.ports[-1].port, [2]",
        ".spec.ports[-1:].port, [2]",
        ".status.conditions[?(@.type==\"Ready\")].status, [\"True\"]",
        ".status.conditions[?(@.type=='None')].status, []",
        ".spec.absent.deeper, []"
      })
  void findsValues(String path, String found) throws Exception {
    JsonNode root = Json.parse(OBJECT.getBytes(StandardCharsets.UTF_8));
    assertThat(JsonPath.parse(path).find(root).toString().replace(" ", "")).isEqualTo(found);
  }

  @ParameterizedTest
  @ValueSource(strings = {"spec", ".spec[", ".a b", ".spec[?(@.x>1)]"})
  void refusesWhatItCannotRead(String path) {
    assertThatThrownBy(() -> JsonPath.parse(path)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void knowsPlainFields() {
    assertThat(JsonPath.parse(".spec.name").dotted()).isEqualTo("spec.name");
    assertThatThrownBy(() -> JsonPath.parse(".spec[0]").dotted())
        .isInstanceOf(IllegalArgumentException.class);
  }
}
