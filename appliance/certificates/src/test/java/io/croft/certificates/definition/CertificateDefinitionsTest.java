package io.croft.certificates.definition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.ApiObject;
import io.croft.model.Yaml;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Our declarations beside upstream's, field by field.
class CertificateDefinitionsTest {
  /// Upstream's files, where they are at hand.
  private static final Path UPSTREAM = upstream();

  /// Words for people, a duplicate of `x-kubernetes-int-or-string`, and a rule that admission has.
  private static final Set<String> NOT_COMPARED =
      Set.of("description", "anyOf", "x-kubernetes-validations");

  /// Beside the project, or beside a folder that it is in.
  private static Path upstream() {
    Path files = Path.of("shared", "upstream-crds", "cert-manager");
    Path at = Path.of("").toAbsolutePath();
    while (at.getParent() != null && !Files.isDirectory(at.resolve(files))) {
      at = at.getParent();
    }
    return at.resolve(files);
  }

  static Iterable<ApiObject> definitions() {
    return CertificateDefinitions.all();
  }

  @ParameterizedTest
  @MethodSource("definitions")
  void hasTheFieldsOfUpstream(ApiObject definition) throws Exception {
    JsonNode spec = definition.json().path("spec");
    Path file =
        UPSTREAM.resolve(
            spec.path("group").asText() + "_" + spec.at("/names/plural").asText() + ".yaml");
    assumeTrue(Files.isReadable(file), file + " is not here");
    JsonNode upstream = Yaml.parse(Files.readAllBytes(file)).path("spec");

    assertThat(flat(spec.at("/versions/0/schema")))
        .isEqualTo(flat(upstream.at("/versions/0/schema")));
    for (String field : new String[] {"scope", "group", "names"}) {
      assertThat(flat(spec.path(field))).isEqualTo(flat(upstream.path(field)));
    }
    for (String field : new String[] {"selectableFields", "subresources"}) {
      assertThat(spec.at("/versions/0").path(field))
          .isEqualTo(upstream.at("/versions/0").path(field));
    }
    assertThat(flat(spec.at("/versions/0/additionalPrinterColumns")))
        .isEqualTo(flat(upstream.at("/versions/0/additionalPrinterColumns")));
  }

  /// Each value by its path.
  private static Map<String, String> flat(JsonNode json) {
    var values = new TreeMap<String, String>();
    flatten("", json, values);
    return values;
  }

  private static void flatten(String path, JsonNode json, Map<String, String> values) {
    if (json instanceof ObjectNode object) {
      // A field may itself be called "description".
      boolean names = path.endsWith("/properties");
      for (var field : object.properties()) {
        if (names || !NOT_COMPARED.contains(field.getKey())) {
          flatten(path + "/" + field.getKey(), field.getValue(), values);
        }
      }
      values.put(path, "object");
    } else if (json.isArray()) {
      boolean set = path.endsWith("/required");
      for (int i = 0; i < json.size(); i++) {
        flatten(
            path + "/" + (set ? json.get(i).asText() : Integer.toString(i)), json.get(i), values);
      }
    } else {
      values.put(path, json.asText());
    }
  }
}
