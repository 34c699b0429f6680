package io.croft.apiserver.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.model.schema.Topology;
import java.nio.charset.StandardCharsets;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Lets kubectl go over from applying by itself, which it remembers in an annotation, to applying
/// by the server: what it has applied so far, and what has stayed so, is not in conflict. While the
/// annotation is there it is kept up, so that there is a way back. Of other clients' concern is
/// neither.
record LastApplied(ObjectNode configuration, Topology topology, String manager) {
  private static final String ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration";
  private static final String KUBECTL = "kubectl";

  /// @throws io.croft.model.StatusException 409 when there are conflicts that matter
  void settle(Conflicts conflicts, ObjectNode live) {
    Conflicts rest =
        conflicts.isEmpty() || !manager.equals(KUBECTL)
            ? conflicts
            : conflicts.beyond(stillAsApplied(live));
    if (!rest.isEmpty()) {
      throw rest.status();
    }
  }

  private FieldSet stillAsApplied(ObjectNode live) {
    ObjectNode applied = read(live);
    boolean sameVersion =
        applied != null && applied.path("apiVersion").equals(configuration.path("apiVersion"));
    if (applied == null || !sameVersion) {
      return FieldSet.EMPTY;
    }
    Comparison change = Comparison.of(applied, live, topology);
    return OwnedFields.of(applied, topology).minus(change.written()).minus(change.removed());
  }

  private static @Nullable ObjectNode read(ObjectNode live) {
    String text = annotation(live);
    try {
      return Json.parse(text.getBytes(StandardCharsets.UTF_8)) instanceof ObjectNode object
          ? object
          : null;
    } catch (MalformedJsonException e) {
      return null; // it is the client's, and may hold anything
    }
  }

  private static String annotation(ObjectNode object) {
    return object.path("metadata").path("annotations").path(ANNOTATION).asText("");
  }

  /// @param object changed in place, but for parts that it may share
  void refresh(ObjectNode object) {
    if (!manager.equals(KUBECTL) || annotation(object).isEmpty()) {
      return;
    }
    ObjectNode applied = configuration.deepCopy();
    if (applied.path("metadata").get("annotations") instanceof ObjectNode annotations) {
      annotations.remove(ANNOTATION);
    }
    ObjectNode metadata = object.get("metadata").deepCopy();
    ((ObjectNode) metadata.get("annotations")).put(ANNOTATION, Json.text(sorted(applied)) + "\n");
    object.set("metadata", metadata);
  }

  /// As Go writes maps.
  private static JsonNode sorted(JsonNode value) {
    return switch (value) {
      case ObjectNode object -> {
        var fields = new TreeMap<String, JsonNode>(Scalars::compare);
        object.properties().forEach(f -> fields.put(f.getKey(), sorted(f.getValue())));
        yield Json.object().setAll(fields);
      }
      case ArrayNode array -> {
        ArrayNode items = Json.array();
        array.forEach(item -> items.add(sorted(item)));
        yield items;
      }
      default -> value;
    };
  }
}
