package io.croft.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.TestApi.Answer;
import io.croft.apiserver.builtin.Definitions;
import io.croft.apiserver.builtin.ProtobufReader;
import io.croft.apiserver.resource.Backing;
import io.croft.apiserver.resource.ResourceType;
import io.croft.model.Json;
import io.croft.store.Bytes;
import io.croft.store.Op;
import io.croft.store.Txn;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What holds for every built-in kind, shown on its smallest object: `kinds.txt`.
final class KindsTest {
  private static final String TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";

  /// Kinds with tests of their own.
  private static final Set<String> ELSEWHERE =
      Set.of(
          "Namespace",
          "ConfigMap",
          "Secret",
          "ServiceAccount",
          "Event",
          "Lease",
          "Role",
          "RoleBinding",
          "ClusterRole",
          "ClusterRoleBinding",
          "CustomResourceDefinition");

  @TempDir static Path directory;
  private static TestApi api;

  /// @param collection where objects are made
  /// @param key where the object lies in the store
  /// @param row what a table shows, a cell after the other
  record Sample(String collection, String key, ObjectNode object, List<String> row) {
    String path() {
      return collection + "/" + object.path("metadata").path("name").asText();
    }

    @Override
    public String toString() {
      return collection;
    }
  }

  static Stream<Sample> samples() throws Exception {
    String text;
    try (var in = KindsTest.class.getResourceAsStream("kinds.txt")) {
      if (in == null) {
        throw new IOException("kinds.txt is missing");
      }
      text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    var samples = new ArrayList<Sample>();
    for (String line : text.split("\n")) {
      if (!line.startsWith("#") && !line.isBlank()) {
        String[] parts = line.split(" \\| ", -1);
        ObjectNode object = Json.parseObject(parts[2].getBytes(StandardCharsets.UTF_8));
        object.put("apiVersion", version(parts[0]));
        if (!object.path("metadata").has("name")) {
          object.withObject("/metadata").put("name", "x");
        }
        samples.add(new Sample(parts[0], parts[1], object, List.of(parts[3].split(";", -1))));
      }
    }
    return samples.stream();
  }

  private static String version(String collection) {
    String[] steps = collection.split("/");
    return steps[1].equals("api") ? "v1" : steps[2] + "/" + steps[3];
  }

  @BeforeAll
  static void start() {
    api = new TestApi(directory);
    api.addDefaultServiceAccount();
  }

  @AfterAll
  static void stop() {
    api.close();
  }

  @Test
  void samplesEveryStoredKind() throws Exception {
    Set<String> sampled =
        samples().map(s -> s.object().path("kind").asText()).collect(Collectors.toSet());
    for (ResourceType type : api.server.catalog().snapshot().byResource().values()) {
      if (type.backing() instanceof Backing.Stored && !ELSEWHERE.contains(type.kind())) {
        assertThat(sampled).contains(type.kind());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("samples")
  void storesShowsAndRemoves(Sample sample) throws Exception {
    Answer made =
        api.post(sample.collection() + "?fieldValidation=Strict", sample.object().toString());
    assertThat(made.code()).as(made.body().toString()).isEqualTo(201);
    try {
      JsonNode stored = Json.parse(api.stored(sample.key()).value().array());
      assertThat(stored.path("kind")).isEqualTo(sample.object().path("kind"));
      assertThat(stored.path("metadata").has("resourceVersion")).isFalse();

      JsonNode row = api.get(sample.path(), "accept", TABLE).body().path("rows").path(0);
      var cells = new ArrayList<String>();
      row.path("cells").forEach(cell -> cells.add(cell.asText()));
      for (int i = 0; i < sample.row().size(); i++) {
        String wanted = sample.row().get(i);
        if (wanted.equals("0s")) {
          assertThat(cells.get(i)).matches("\\d+s");
        } else if (!wanted.equals("*")) {
          assertThat(cells.get(i)).as("cell " + i + " of " + cells).isEqualTo(wanted);
        }
      }

      // What was completed once is complete: writing it back changes nothing.
      Answer read = api.get(sample.path());
      Answer again = api.put(sample.path(), read.body().toString());
      assertThat(again.code()).as(again.body().toString()).isEqualTo(200);
      assertThat(again.body()).isEqualTo(read.body());
    } finally {
      assertThat(api.delete(sample.path() + "?propagationPolicy=Background").code()).isEqualTo(200);
    }
    assertThat(api.get(sample.path()).code()).isEqualTo(404);
  }

  @Test
  void servesUnderItsOwnVersionWhatAnotherServerStoredUnderAnother() throws Exception {
    String key = "/registry/volumeattributesclasses/beta";
    String stored =
        "{\"kind\":\"VolumeAttributesClass\",\"apiVersion\":\"storage.k8s.io/v1beta1\","
            + "\"metadata\":{\"name\":\"beta\",\"uid\":\"u\"},\"driverName\":\"disk.example.com\"}";
    api.store.txn(
        new Txn(List.of(), List.of(Op.put(Bytes.utf8(key), Bytes.utf8(stored), 0)), List.of()));
    String path = "/apis/storage.k8s.io/v1/volumeattributesclasses/beta";
    assertThat(api.get(path).text("apiVersion")).isEqualTo("storage.k8s.io/v1");
    assertThat(api.delete(path).code()).isEqualTo(200);
  }

  @ParameterizedTest
  @MethodSource("samples")
  void knowsTheProtobufOfAllThatItHolds(Sample sample) {
    if (sample.collection().contains("apiregistration")) {
      return; // its clients speak JSON
    }
    var definitions = new Definitions();
    String kind = sample.object().path("kind").asText();
    ResourceType type =
        api.server.catalog().snapshot().byResource().values().stream()
            .filter(t -> t.kind().equals(kind))
            .findFirst()
            .orElseThrow();
    assertThat(new ProtobufReader(definitions).reads(type.definition())).isTrue();
    for (var field : definitions.get(type.definition()).path("properties").properties()) {
      for (JsonNode ref : field.getValue().findValues("$ref")) {
        String name = ref.asText().substring(Definitions.REF.length());
        boolean single = name.endsWith("Quantity") || name.endsWith("IntOrString");
        assertThat(single || new ProtobufReader(definitions).reads(name)).as(name).isTrue();
      }
    }
  }
}
