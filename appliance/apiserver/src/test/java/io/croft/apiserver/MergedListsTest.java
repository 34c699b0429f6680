package io.croft.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.builtin.Definitions;
import io.croft.apiserver.resource.ResourceType;
import io.croft.model.Json;
import io.croft.model.patch.PatchSchema;
import io.croft.model.patch.StrategicMergePatch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A strategic merge patch of every list of a built-in kind that merges by a key.
final class MergedListsTest {
  @TempDir static Path directory;

  /// @param path the fields on the way to the list, `[]` for the items of a list
  record MergedList(
      ResourceType type, PatchSchema patches, List<String> path, String key, boolean number) {
    @Override
    public String toString() {
      return type.kind() + "." + String.join(".", path) + " by " + key;
    }
  }

  static Stream<MergedList> lists() throws Exception {
    try (TestApi own = new TestApi(directory)) {
      var definitions = new Definitions();
      var found = new ArrayList<MergedList>();
      for (ResourceType type : own.server.catalog().snapshot().byResource().values()) {
        if (!type.custom() && type.patches() != null) {
          collect(definitions, type, type.definition(), new ArrayList<>(), new HashSet<>(), found);
        }
      }
      return found.stream();
    }
  }

  private static void collect(
      Definitions definitions,
      ResourceType type,
      String definition,
      List<String> path,
      Set<String> seen,
      List<MergedList> found) {
    if (!seen.add(definition)) {
      return;
    }
    for (var field : definitions.get(definition).path("properties").properties()) {
      var below = new ArrayList<>(path);
      below.add(field.getKey());
      JsonNode schema = field.getValue();
      JsonNode item = schema.path("items");
      String key = schema.path("x-kubernetes-patch-merge-key").asText("");
      if (!key.isEmpty()) {
        assertThat(schema.path("x-kubernetes-patch-strategy").asText()).startsWith("merge");
        String items = reference(item);
        String keyType = definitions.get(items).at("/properties/" + key + "/type").asText();
        assertThat(keyType).as(definition + "." + field.getKey()).isIn("string", "integer");
        PatchSchema patches = Objects.requireNonNull(type.patches());
        // The path grows below: what is found keeps its own.
        found.add(
            new MergedList(type, patches, List.copyOf(below), key, keyType.equals("integer")));
      }
      String next = item.isMissingNode() ? reference(schema) : reference(item);
      boolean reachable = item.isMissingNode() || key.equals("name"); // through merged items only
      if (!next.isEmpty() && reachable) {
        if (!item.isMissingNode()) {
          below.add("[]");
        }
        collect(definitions, type, next, below, seen, found);
      }
    }
  }

  private static String reference(JsonNode schema) {
    String ref = schema.path("$ref").asText(schema.at("/allOf/0/$ref").asText(""));
    return ref.isEmpty() ? "" : ref.substring(Definitions.REF.length());
  }

  @ParameterizedTest
  @MethodSource("lists")
  void mergesItemsByTheirKey(MergedList list) {
    ObjectNode before = nested(list, "1", "2");
    ObjectNode change = nested(list, "2", "3");
    ObjectNode after = StrategicMergePatch.apply(before, change, list.patches());
    assertThat(keys(after, list)).containsExactlyInAnyOrder("1", "2", "3");

    ObjectNode removal = nested(list, "1");
    ((ObjectNode) items(removal, list).get(0)).put("$patch", "delete");
    after = StrategicMergePatch.apply(before, removal, list.patches());
    assertThat(keys(after, list)).containsExactly("2");
  }

  /// The rules of `docs/api-server.md`, in a model of their own.
  @ParameterizedTest
  @MethodSource("lists")
  void followsTheWrittenRules(MergedList list) {
    var random = new Random(list.toString().hashCode());
    for (int round = 0; round < 20; round++) {
      Map<String, String> expected = new LinkedHashMap<>();
      for (int i = random.nextInt(4); i > 0; i--) {
        expected.put(Integer.toString(1 + random.nextInt(6)), "old");
      }
      ObjectNode before = nested(list, expected.keySet().toArray(String[]::new));
      items(before, list).forEach(item -> ((ObjectNode) item).put("note", "old").put("kept", "k"));
      var named = new LinkedHashSet<String>();
      for (int i = random.nextInt(4); i > 0; i--) {
        named.add(Integer.toString(1 + random.nextInt(6)));
      }
      ObjectNode patch = nested(list, named.toArray(String[]::new));
      boolean replaces = random.nextInt(5) == 0;
      Set<String> kept = replaces ? Set.of() : Set.copyOf(expected.keySet());
      if (replaces) {
        expected.clear();
      }
      for (JsonNode item : items(patch, list)) {
        String key = item.path(list.key()).asText();
        if (!replaces && random.nextInt(3) == 0) {
          ((ObjectNode) item).put("$patch", "delete");
          expected.remove(key);
        } else {
          ((ObjectNode) item).put("note", "new");
          expected.put(key, "new");
        }
      }
      if (replaces) {
        ((ArrayNode) items(patch, list)).addObject().put("$patch", "replace");
      }
      ObjectNode original = before.deepCopy();
      ObjectNode after = StrategicMergePatch.apply(before, patch, list.patches());
      assertThat(keys(after, list))
          .as(patch + " on " + original)
          .containsExactlyInAnyOrderElementsOf(expected.keySet());
      for (JsonNode item : items(after, list)) {
        String key = item.path(list.key()).asText();
        assertThat(item.path("note").asText()).isEqualTo(expected.get(key));
        assertThat(item.has("kept")).as(key + " of " + after).isEqualTo(kept.contains(key));
        assertThat(item.has("$patch")).isFalse();
      }
    }
  }

  @Test
  void findsTheListsThatPeoplePatch() throws Exception {
    assertThat(lists().map(MergedList::toString))
        .contains(
            "Deployment.spec.template.spec.containers by name",
            "Deployment.spec.template.spec.volumes by name",
            "Pod.spec.containers.[].env by name",
            "Pod.spec.containers.[].volumeMounts by mountPath",
            "Service.spec.ports by port",
            "CronJob.spec.jobTemplate.spec.template.spec.containers by name",
            "Node.status.conditions by type",
            "MutatingWebhookConfiguration.webhooks by name");
  }

  /// An object with the list, and everything on the way to it told apart by the same keys.
  private static ObjectNode nested(MergedList list, String... keys) {
    ArrayNode items = Json.array();
    for (String key : keys) {
      ObjectNode item = items.addObject();
      if (list.number()) {
        item.put(list.key(), Integer.parseInt(key));
      } else {
        item.put(list.key(), key);
      }
    }
    JsonNode value = items;
    for (int i = list.path().size() - 1; i >= 0; i--) {
      String step = list.path().get(i);
      if (step.equals("[]")) {
        ObjectNode holder = ((ObjectNode) value).put("name", "holder");
        value = Json.array().add(holder);
      } else {
        ObjectNode parent = Json.object();
        parent.set(step, value);
        value = parent;
      }
    }
    return (ObjectNode) value;
  }

  private static JsonNode items(JsonNode object, MergedList list) {
    JsonNode node = object;
    for (String step : list.path()) {
      node = step.equals("[]") ? node.path(0) : node.path(step);
    }
    return node;
  }

  private static List<String> keys(JsonNode object, MergedList list) {
    var keys = new ArrayList<String>();
    items(object, list).forEach(item -> keys.add(item.path(list.key()).asText()));
    return keys;
  }
}
