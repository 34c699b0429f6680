package io.croft.model.schema;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.model.Json;
import java.util.function.Function;

/// Schemas of built-in kinds that refer to one another by name. Each is read when it is first
/// needed, and once, however many kinds share it. Thread-safe.
public final class SchemaFamily {
  private final SchemaReader reader;

  /// @param refs the schema that a `$ref` (handed over whole, `#/components/schemas/X`) names
  public SchemaFamily(Function<String, JsonNode> refs) {
    this.reader = new SchemaReader(Dialect.OPEN_API, refs);
  }

  /// The schema that a reference names. Nothing is read yet: a schema that cannot be understood
  /// shows when it is used, as an `IllegalArgumentException`.
  public StructuralSchema schema(String ref) {
    return new StructuralSchema(new LazySchema(Json.object().put("$ref", ref), reader));
  }
}
