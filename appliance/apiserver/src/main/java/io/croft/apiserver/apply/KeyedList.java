package io.croft.apiserver.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Quoted;
import io.croft.model.schema.Topology;
import io.croft.model.schema.Topology.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A list whose items can be told apart, by their key fields or by their value.
///
/// @param elements what each position is called
/// @param items what stands under each name, in order; more than one where there are duplicates
record KeyedList(List<PathElement> elements, TreeMap<PathElement, List<JsonNode>> items) {

  /// Null when the items of a list cannot be told apart: it is atomic then, whatever its schema.
  static @Nullable KeyedList of(ArrayNode list, Topology topology) {
    var keyed = new KeyedList(new ArrayList<>(list.size()), new TreeMap<>());
    for (JsonNode item : list) {
      PathElement element = element(item, topology, topology.shape(list));
      if (element == null) {
        return null;
      }
      keyed.elements.add(element);
      keyed.items.computeIfAbsent(element, _ -> new ArrayList<>(1)).add(item);
    }
    return keyed;
  }

  /// Null when the item cannot be told from others.
  static @Nullable PathElement element(JsonNode item, Topology list, Shape shape) {
    return switch (shape) {
      case SET_ITEMS -> item.isValueNode() && !item.isNull() ? new PathElement.Item(item) : null;
      case KEYED_ITEMS -> item instanceof ObjectNode object ? key(object, list) : null;
      case LEAF, FIELDS, UNOWNED -> null;
    };
  }

  private static @Nullable PathElement key(ObjectNode item, Topology list) {
    var fields = new TreeMap<String, JsonNode>(Scalars::compare);
    for (String key : list.keys()) {
      JsonNode value = item.get(key);
      JsonNode known = value == null ? list.keyDefault(key) : value;
      if (known != null) {
        fields.put(key, known);
      }
    }
    return fields.isEmpty() ? null : new PathElement.Key(fields);
  }

  /// Why an item of a list cannot be told from others, in the words of kube-apiserver.
  static String whyUnknown(JsonNode item, Topology list, Shape shape) {
    if (shape == Shape.SET_ITEMS) {
      return "associative list without keys has an element that's "
          + switch (item.getNodeType()) {
            case OBJECT -> "a map type";
            case ARRAY -> "a list type";
            default -> "an explicit null";
          };
    }
    if (item.isNull()) {
      return "associative list with keys may not have a null element";
    }
    if (!item.isObject()) {
      return "associative list with keys may not have non-map elements";
    }
    String keys = list.keys().stream().map(Quoted::text).collect(Collectors.joining(" ", "[", "]"));
    return "associative list with keys has an element that omits all key fields "
        + keys
        + " (and doesn't have default values for any key fields)";
  }

  boolean has(PathElement element) {
    return items.containsKey(element);
  }

  /// The first item of that name, of which there must be one.
  JsonNode first(PathElement element) {
    return items.getOrDefault(element, List.of()).getFirst();
  }

  /// The item of that name; null when there is none, or more than one.
  @Nullable JsonNode only(PathElement element) {
    List<JsonNode> found = items.getOrDefault(element, List.of());
    return found.size() == 1 ? found.getFirst() : null;
  }
}
