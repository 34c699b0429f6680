package io.croft.apiserver.cel;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// An object of a JSON tree as a value; what it holds becomes values when it is looked at. Where a
/// schema names its fields, these have their names as identifiers, and a null counts as absent.
final class JsonMap extends AbstractMap<Object, Object> {
  private final ObjectNode node;
  private final RuleSchema schema;

  JsonMap(ObjectNode node, RuleSchema schema) {
    this.node = node;
    this.schema = schema;
  }

  ObjectNode node() {
    return node;
  }

  String typeName() {
    return schema.isStruct() ? "object" : "map";
  }

  private @Nullable JsonNode child(@Nullable Object key) {
    if (!(key instanceof String name)) {
      return null;
    }
    JsonNode child = node.get(schema.isStruct() ? FieldNames.unescape(name) : name);
    return child != null && child.isNull() && schema.isStruct() ? null : child;
  }

  @Override
  public @Nullable Object get(@Nullable Object key) {
    JsonNode child = child(key);
    return child == null ? null : Values.of(child, schema.child(String.valueOf(key)));
  }

  @Override
  public boolean containsKey(@Nullable Object key) {
    return child(key) != null;
  }

  /// The size of any map; that of an object takes a look at each of its fields, and pays for it.
  static int size(Map<?, ?> map, Meter meter) {
    if (map instanceof JsonMap object && object.schema.isStruct()) {
      meter.payText(object.node.size());
    }
    return map.size();
  }

  @Override
  public int size() {
    return schema.isStruct()
        ? (int) node.valueStream().filter(child -> !child.isNull()).count()
        : node.size();
  }

  @Override
  public Set<Map.Entry<Object, Object>> entrySet() {
    return new AbstractSet<>() {
      @Override
      public Iterator<Map.Entry<Object, Object>> iterator() {
        return node.properties().stream()
            .filter(member -> !schema.isStruct() || !member.getValue().isNull())
            .map(member -> entry(member.getKey(), member.getValue()))
            .iterator();
      }

      @Override
      public int size() {
        return JsonMap.this.size();
      }
    };
  }

  private Map.Entry<Object, Object> entry(String name, JsonNode value) {
    Object key =
        schema.isStruct() ? Objects.requireNonNullElse(FieldNames.escape(name), name) : name;
    return Map.entry(key, Values.of(value, schema.child(String.valueOf(key))));
  }
}
