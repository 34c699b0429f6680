package io.croft.apiserver.cel;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import java.util.AbstractList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.RandomAccess;

/// An array of a JSON tree as a value. One whose items are told apart by their keys
/// (`x-kubernetes-list-type: map`) or their values (`set`) has no order, and is merged by `+`.
final class JsonList extends AbstractList<Object> implements RandomAccess {
  private final ArrayNode node;
  private final RuleSchema schema;

  JsonList(ArrayNode node, RuleSchema schema) {
    this.node = node;
    this.schema = schema;
  }

  ArrayNode node() {
    return node;
  }

  @Override
  public Object get(int index) {
    return Values.of(node.get(index), schema.element());
  }

  @Override
  public int size() {
    return node.size();
  }

  /// Pays for the items as a function that goes through all of them decodes them.
  void payDecoded(Meter meter) {
    if (schema.element().isBytes()) {
      forEach(meter::takeDecoded);
    }
  }

  boolean isAssociative() {
    return schema.isSet() || schema.isMapList();
  }

  /// What tells an item apart from the others.
  private String identity(JsonNode item) {
    if (!schema.isMapList()) {
      return Json.canonical(item);
    }
    ObjectNode key = Json.object();
    for (String name : schema.listKeys()) {
      key.set(name, item.path(name).isMissingNode() ? null : item.path(name));
    }
    return Json.canonical(key);
  }

  private Map<String, JsonNode> byIdentity(Iterable<JsonNode> items, Meter meter) {
    var found = new LinkedHashMap<String, JsonNode>();
    for (JsonNode item : items) {
      String identity = identity(item);
      meter.payText(identity.length());
      found.put(identity, item);
    }
    return found;
  }

  private static Iterable<JsonNode> nodes(List<?> list, Meter meter) {
    return list instanceof JsonList json
        ? json.node
        : list.stream().map(item -> Values.toJson(item, meter)).toList();
  }

  boolean hasSameItems(List<?> other, Meter meter) {
    if (size() != other.size()) {
      return false;
    }
    var mine = new HashMap<>(byIdentity(node, meter));
    for (var theirs : byIdentity(nodes(other, meter), meter).entrySet()) {
      JsonNode item = mine.remove(theirs.getKey());
      RuleSchema type = schema.element();
      boolean same =
          item != null
              && Equality.equal(Values.of(item, type), Values.of(theirs.getValue(), type), meter);
      if (!same) {
        return false;
      }
    }
    return mine.isEmpty();
  }

  /// This list with the items of another: in the place of those with the same key, or at the end.
  JsonList merged(List<?> other, Meter meter) {
    Map<String, JsonNode> all = byIdentity(node, meter);
    all.putAll(byIdentity(nodes(other, meter), meter));
    ArrayNode merged = Json.array();
    all.values().forEach(merged::add);
    return new JsonList(merged, schema);
  }
}
