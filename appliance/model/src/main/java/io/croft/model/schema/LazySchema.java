package io.croft.model.schema;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/// A schema that is read when it is first asked for: schemas of built-in kinds refer to one another
/// in circles. Thread-safe: reading twice gives the same.
final class LazySchema {
  private final JsonNode json;
  private final SchemaReader reader;
  private volatile @Nullable SchemaNode node;

  LazySchema(JsonNode json, SchemaReader reader) {
    this.json = json;
    this.reader = reader;
  }

  /// @throws IllegalArgumentException when the schema cannot be understood
  SchemaNode get() {
    SchemaNode known = node;
    if (known == null) {
      known = reader.read(json);
      node = known;
    }
    return known;
  }
}
