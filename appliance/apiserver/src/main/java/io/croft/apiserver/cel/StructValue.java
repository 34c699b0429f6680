package io.croft.apiserver.cel;

import java.util.AbstractMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A value of a named type that an expression has made, such as `Object.spec{replicas: 1}`.
final class StructValue extends AbstractMap<Object, Object> {
  private final String typeName;
  private final Map<Object, Object> fields;

  /// @param fields not copied
  StructValue(String typeName, Map<Object, Object> fields) {
    this.typeName = typeName;
    this.fields = fields;
  }

  String typeName() {
    return typeName;
  }

  @Override
  public @Nullable Object get(@Nullable Object key) {
    return fields.get(key);
  }

  @Override
  public boolean containsKey(@Nullable Object key) {
    return fields.containsKey(key);
  }

  @Override
  public Set<Map.Entry<Object, Object>> entrySet() {
    return fields.entrySet();
  }
}
