package io.croft.apiserver.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// One step from a value to one of its parts. Ordered, and written as a key of `FieldsV1`, as
/// kube-apiserver does. Immutable.
public sealed interface PathElement extends Comparable<PathElement> {
  /// A field of an object: `f:NAME`.
  record Field(String name) implements PathElement {}

  /// The item of a list that has these values in its key fields: `k:{"name":"web"}`.
  ///
  /// @param fields sorted by name; not to be changed
  record Key(SortedMap<String, JsonNode> fields) implements PathElement {
    @Override
    public boolean equals(Object other) {
      return other instanceof Key key && compareTo(key) == 0;
    }

    @Override
    public int hashCode() {
      return fields.keySet().hashCode();
    }
  }

  /// The item of a list that is this value: `v:"blue"`.
  record Item(JsonNode value) implements PathElement {
    @Override
    public boolean equals(Object other) {
      return other instanceof Item item && compareTo(item) == 0;
    }

    @Override
    public int hashCode() {
      return value.getNodeType().hashCode();
    }
  }

  /// The item at a position: `i:3`. Only other servers write such.
  record Index(int index) implements PathElement {}

  @Override
  default int compareTo(PathElement other) {
    return switch (this) {
      case Field field when other instanceof Field f -> Scalars.compare(field.name, f.name);
      case Key key when other instanceof Key k -> byFields(key.fields, k.fields);
      case Item item when other instanceof Item i -> Scalars.compare(item.value, i.value);
      case Index index when other instanceof Index i -> Integer.compare(index.index, i.index);
      default -> Integer.compare(rank(), other.rank());
    };
  }

  private int rank() {
    return switch (this) {
      case Field field -> 0;
      case Key key -> 1;
      case Item item -> 2;
      case Index index -> 3;
    };
  }

  private static int byFields(SortedMap<String, JsonNode> a, SortedMap<String, JsonNode> b) {
    var left = a.entrySet().iterator();
    var right = b.entrySet().iterator();
    while (left.hasNext() && right.hasNext()) {
      Map.Entry<String, JsonNode> l = left.next();
      Map.Entry<String, JsonNode> r = right.next();
      int byName = Scalars.compare(l.getKey(), r.getKey());
      int order = byName != 0 ? byName : Scalars.compare(l.getValue(), r.getValue());
      if (order != 0) {
        return order;
      }
    }
    return Boolean.compare(left.hasNext(), right.hasNext());
  }

  /// The key of `FieldsV1`.
  default String text() {
    return switch (this) {
      case Field field -> "f:" + field.name;
      case Key key ->
          key.fields.entrySet().stream()
              .map(f -> Json.text(TextNode.valueOf(f.getKey())) + ":" + Scalars.json(f.getValue()))
              .collect(Collectors.joining(",", "k:{", "}"));
      case Item item -> "v:" + Scalars.json(item.value);
      case Index index -> "i:" + index.index;
    };
  }

  /// As messages show it: `.name`, `[name="web"]`, `[="blue"]`, `[3]`.
  default String shown() {
    return switch (this) {
      case Field field -> "." + field.name;
      case Key key ->
          key.fields.entrySet().stream()
              .map(f -> f.getKey() + "=" + Scalars.shown(f.getValue()))
              .collect(Collectors.joining(",", "[", "]"));
      case Item item -> "[=" + Scalars.shown(item.value) + "]";
      case Index index -> "[" + index.index + "]";
    };
  }

  /// Reads a key of `FieldsV1`; empty when it is of a kind that is not known yet.
  ///
  /// @throws IllegalArgumentException when it is malformed
  static Optional<PathElement> parse(String text) {
    if (text.length() < 2 || text.charAt(1) != ':') {
      throw new IllegalArgumentException("not a path element: it must start with a letter and ':'");
    }
    String rest = text.substring(2);
    return switch (text.charAt(0)) {
      case 'f' -> Optional.of(new Field(rest));
      case 'k' -> Optional.of(key(rest));
      case 'v' -> Optional.of(new Item(json(rest)));
      case 'i' -> Optional.of(new Index(Integer.parseInt(rest)));
      default -> Optional.empty();
    };
  }

  private static Key key(String json) {
    if (!(json(json) instanceof ObjectNode object)) {
      throw new IllegalArgumentException("the key of a list item must be an object");
    }
    var fields = new TreeMap<String, JsonNode>(Scalars::compare);
    object.properties().forEach(f -> fields.put(f.getKey(), f.getValue()));
    return new Key(fields);
  }

  private static JsonNode json(String text) {
    try {
      return Json.parse(text.getBytes(StandardCharsets.UTF_8));
    } catch (MalformedJsonException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }
}
