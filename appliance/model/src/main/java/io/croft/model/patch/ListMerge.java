package io.croft.model.patch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import io.croft.model.patch.PatchSchema.FieldRule;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.StreamSupport;

/// Merges a list of a strategic merge patch into the list it stands for. Items are the same when
/// their merge keys are, or, without a merge key, when they are equal.
final class ListMerge {
  private final FieldRule rule;

  ListMerge(FieldRule rule) {
    this.rule = rule;
  }

  /// The items of both, in the order of the patch where it names them, of the original elsewhere;
  /// an item that is new stands before those that the patch does not name, as with kube-apiserver.
  /// Items of the original that share a key (ports of two protocols do) all stay; the first is the
  /// one that is patched.
  ArrayNode merge(ArrayNode original, ArrayNode patch) {
    List<JsonNode> changes = new ArrayList<>();
    Set<String> deleted = new HashSet<>();
    boolean replace = false;
    for (JsonNode item : patch) {
      switch (itemAction(item)) {
        case MERGE -> changes.add(item);
        case DELETE -> deleted.add(identity(item));
        case REPLACE -> replace = true;
      }
    }
    if (replace) {
      ArrayNode replaced = Json.array();
      changes.forEach(item -> replaced.add(Directives.clean(item)));
      return replaced;
    }
    return arrange(merge(without(original, deleted), changes), changes, original);
  }

  private List<JsonNode> merge(List<JsonNode> items, List<JsonNode> changes) {
    Map<String, Integer> positions = new HashMap<>();
    for (int i = 0; i < items.size(); i++) {
      positions.putIfAbsent(identity(items.get(i)), i);
    }
    for (JsonNode change : changes) {
      Integer position = positions.putIfAbsent(identity(change), items.size());
      if (position == null) {
        items.add(Directives.clean(change));
      } else {
        items.set(position, mergedItem(items.get(position), change));
      }
    }
    return items;
  }

  private JsonNode mergedItem(JsonNode old, JsonNode item) {
    return old instanceof ObjectNode before && item instanceof ObjectNode change
        ? StrategicMergePatch.merge(before, change, rule.nested())
        : Directives.clean(item);
  }

  /// The items that are not deleted.
  private List<JsonNode> without(ArrayNode items, Set<String> deleted) {
    List<JsonNode> left = new ArrayList<>();
    for (JsonNode item : items) {
      if (!deleted.contains(identity(item))) {
        left.add(item);
      }
    }
    return left;
  }

  /// A list of scalars without those that another lists.
  ArrayNode without(ArrayNode items, ArrayNode deleted) {
    Set<String> identities = new HashSet<>();
    deleted.forEach(item -> identities.add(identity(item)));
    return Json.array().addAll(without(items, identities));
  }

  private Directives.Action itemAction(JsonNode item) {
    if (!Directives.hasAction(item)) {
      return Directives.Action.MERGE;
    }
    Directives.Action action = Directives.action(item);
    if (action == Directives.Action.MERGE) {
      throw PatchException.malformed("merging lists cannot yet be specified in the patch");
    }
    return action;
  }

  /// Puts items into the order that the patch asks for; those that it does not name keep their
  /// places among the items they stood before.
  ///
  /// @param items the merged list
  /// @param order items, or objects with nothing but the merge key
  /// @param original the list before, whose order the other items keep
  ArrayNode arrange(
      Iterable<JsonNode> items, Iterable<JsonNode> order, Iterable<JsonNode> original) {
    Map<String, Integer> wanted = positions(order);
    Map<String, Integer> before = positions(original);
    List<JsonNode> named = sorted(items, wanted, true);
    List<JsonNode> others = sorted(items, wanted, false);
    ArrayNode arranged = Json.array();
    int next = 0;
    for (JsonNode item : named) {
      while (next < others.size() && precedes(others.get(next), item, before)) {
        arranged.add(others.get(next++));
      }
      arranged.add(item);
    }
    return arranged.addAll(others.subList(next, others.size()));
  }

  private List<JsonNode> sorted(
      Iterable<JsonNode> items, Map<String, Integer> wanted, boolean named) {
    Comparator<JsonNode> byPosition =
        Comparator.comparing(item -> wanted.getOrDefault(identity(item), 0));
    return StreamSupport.stream(items.spliterator(), false)
        .filter(item -> wanted.containsKey(identity(item)) == named)
        .sorted(byPosition)
        .toList();
  }

  private boolean precedes(JsonNode a, JsonNode b, Map<String, Integer> positions) {
    Integer left = positions.get(identity(a));
    Integer right = positions.get(identity(b));
    return left != null && right != null && left < right;
  }

  /// @throws PatchException when the items of `patch` stand in another order than in `order`, or
  ///   one is missing there
  void checkOrder(Iterable<JsonNode> patch, Iterable<JsonNode> order) {
    Map<String, Integer> positions = positions(order);
    int last = -1;
    for (JsonNode item : patch) {
      if (Directives.hasAction(item)) {
        continue;
      }
      int position = positions.getOrDefault(identity(item), -1);
      if (position <= last) {
        throw PatchException.malformed(
            "the order in the patch list doesn't match the $setElementOrder list at "
                + Json.text(item));
      }
      last = position;
    }
  }

  private Map<String, Integer> positions(Iterable<JsonNode> items) {
    var positions = new HashMap<String, Integer>();
    for (JsonNode item : items) {
      positions.putIfAbsent(identity(item), positions.size());
    }
    return positions;
  }

  private String identity(JsonNode item) {
    if (!item.isObject()) {
      return Json.canonical(item);
    }
    if (rule.mergeKey().isEmpty()) {
      throw PatchException.notApplicable("cannot merge lists without merge key");
    }
    JsonNode key = item.get(rule.mergeKey());
    if (key == null) {
      throw PatchException.notApplicable(
          "map: " + Json.text(item) + " does not contain declared merge key: " + rule.mergeKey());
    }
    return Json.canonical(key);
  }
}
