package io.croft.model.patch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import io.croft.model.patch.PatchSchema.FieldRule;
import java.util.Set;

/// Kubernetes' strategic merge patch: a merge patch that knows which lists merge, by which key, and
/// takes directives: `$patch` (`replace`, `delete`, `merge`) in objects and in items,
/// `$retainKeys`, `$deleteFromPrimitiveList/<list>` and `$setElementOrder/<list>`.
public final class StrategicMergePatch {
  private StrategicMergePatch() {}

  /// The object after the patch; neither argument is changed.
  ///
  /// @throws PatchException when the patch is malformed or does not fit
  public static ObjectNode apply(ObjectNode original, ObjectNode patch, PatchSchema schema) {
    return merge(original, patch, schema).deepCopy();
  }

  /// The merged object, which may share parts with both.
  static ObjectNode merge(ObjectNode original, ObjectNode patch, PatchSchema schema) {
    return switch (Directives.action(patch)) {
      case DELETE -> Json.object();
      case REPLACE -> (ObjectNode) Directives.clean(patch);
      case MERGE -> mergeFields(original, patch, schema);
    };
  }

  private static ObjectNode mergeFields(ObjectNode original, ObjectNode patch, PatchSchema schema) {
    ObjectNode merged = Json.object();
    Set<String> retained = Directives.retained(patch, original);
    for (var field : original.properties()) {
      if (retained.contains(field.getKey())) {
        merged.set(field.getKey(), field.getValue());
      }
    }
    for (String list : Directives.listsToDeleteFrom(patch)) {
      if (merged.get(list) instanceof ArrayNode before) {
        var lists = new ListMerge(schema.field(list));
        merged.set(list, lists.without(before, Directives.toDelete(patch, list)));
      }
    }
    for (var change : patch.properties()) {
      if (!Directives.isDirective(change.getKey())) {
        mergeField(merged, change.getKey(), change.getValue(), schema.field(change.getKey()));
      }
    }
    for (String list : Directives.listsToOrder(patch)) {
      order(merged, list, original, patch, schema.field(list));
    }
    return merged;
  }

  private static void mergeField(ObjectNode merged, String name, JsonNode change, FieldRule rule) {
    JsonNode before = merged.get(name);
    if (change.isNull()) {
      merged.remove(name);
    } else if (before instanceof ObjectNode object && change instanceof ObjectNode changes) {
      merged.set(
          name, rule.replace() ? Directives.clean(changes) : merge(object, changes, rule.nested()));
    } else if (before instanceof ArrayNode list
        && change instanceof ArrayNode changes
        && rule.merge()) {
      merged.set(name, new ListMerge(rule).merge(list, changes));
    } else if (!isDeletion(change)) {
      merged.set(name, Directives.clean(change));
    }
  }

  private static boolean isDeletion(JsonNode change) {
    return Directives.hasAction(change) && Directives.action(change) == Directives.Action.DELETE;
  }

  private static void order(
      ObjectNode merged, String list, ObjectNode original, ObjectNode patch, FieldRule rule) {
    ArrayNode wanted = Directives.order(patch, list);
    if (!(merged.get(list) instanceof ArrayNode items)) {
      return;
    }
    var lists = new ListMerge(rule);
    if (patch.get(list) instanceof ArrayNode changes) {
      lists.checkOrder(changes, wanted);
    }
    Iterable<JsonNode> before = original.path(list);
    merged.set(list, lists.arrange(items, wanted, before));
  }
}
