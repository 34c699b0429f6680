package io.croft.model.patch;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.function.Function;

/// What a strategic merge patch needs to know of an object's type.
@FunctionalInterface
public interface PatchSchema {
  /// Nothing known: every list is replaced as a whole, every object merged.
  PatchSchema NONE = _ -> FieldRule.PLAIN;

  /// How the field `name` of this object is patched.
  FieldRule field(String name);

  /// @param merge whether a list is merged rather than replaced
  /// @param replace whether an object is replaced rather than merged
  /// @param retainKeys whether an object keeps only the keys that the patch lists
  /// @param mergeKey the field that tells a merged list's items apart; empty for a list of scalars
  /// @param nested the type of the object, or of the list's items
  record FieldRule(
      boolean merge, boolean replace, boolean retainKeys, String mergeKey, PatchSchema nested) {
    public static final FieldRule PLAIN =
        new FieldRule(false, false, false, "", _ -> FieldRule.PLAIN);
  }

  /// Reads `x-kubernetes-patch-strategy` and `x-kubernetes-patch-merge-key` of an OpenAPI schema.
  ///
  /// @param refs the schema that a `$ref` (handed over whole, `#/components/schemas/X`) names
  static PatchSchema of(JsonNode schema, Function<String, JsonNode> refs) {
    return NONE;
  }

  /// For a schema without `$ref`.
  static PatchSchema of(JsonNode schema) {
    return of(
        schema,
        ref -> {
          throw new IllegalArgumentException("no schema is known by the name " + ref);
        });
  }
}
