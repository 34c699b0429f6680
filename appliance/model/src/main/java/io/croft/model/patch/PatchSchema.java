package io.croft.model.patch;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.model.schema.StructuralSchema;
import java.util.List;
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
  /// @param mergeKey the field that tells a merged list's items apart; empty for a list of scalars
  /// @param nested the type of the object, or of the list's items
  record FieldRule(boolean merge, boolean replace, String mergeKey, PatchSchema nested) {
    public static final FieldRule PLAIN = new FieldRule(false, false, "", _ -> FieldRule.PLAIN);
  }

  /// Reads `x-kubernetes-patch-strategy` and `x-kubernetes-patch-merge-key` of a schema.
  static PatchSchema of(StructuralSchema schema) {
    return name -> schema.field(name).map(PatchSchema::rule).orElse(FieldRule.PLAIN);
  }

  private static FieldRule rule(StructuralSchema field) {
    var strategies = List.of(field.patchStrategy().split(","));
    return new FieldRule(
        strategies.contains("merge"),
        strategies.contains("replace"),
        field.patchMergeKey(),
        of(field.items().orElse(field)));
  }

  /// For the schema of a built-in kind.
  ///
  /// @param refs the schema that a `$ref` (handed over whole, `#/components/schemas/X`) names
  static PatchSchema of(JsonNode openApiSchema, Function<String, JsonNode> refs) {
    return of(StructuralSchema.parse(openApiSchema, refs));
  }

  /// For a schema without `$ref`.
  ///
  /// @throws IllegalArgumentException when there is one
  static PatchSchema of(JsonNode schema) {
    return of(StructuralSchema.parse(schema));
  }
}
