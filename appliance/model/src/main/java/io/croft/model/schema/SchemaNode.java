package io.croft.model.schema;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One schema, read. What stands below it is read when it is first looked at.
///
/// @param types the JSON types allowed; empty for any
/// @param format empty for none
/// @param additional the schema of the properties that are not named; null when there is none
/// @param additionalAllowed what a boolean `additionalProperties` says; null when there is none
record SchemaNode(
    Dialect dialect,
    Set<String> types,
    String format,
    boolean nullable,
    @Nullable JsonNode defaultValue,
    Map<String, LazySchema> properties,
    @Nullable LazySchema additional,
    @Nullable Boolean additionalAllowed,
    @Nullable LazySchema items,
    Extensions extensions,
    Constraints constraints,
    Junctors junctors) {

  /// The `x-kubernetes-…` that change what is known about a value.
  ///
  /// @param listType `atomic`, `set`, `map` or empty
  /// @param mapType `atomic`, `granular` or empty
  /// @param patchStrategy of strategic merge patches, for example `merge,retainKeys`; may be empty
  /// @param patchMergeKey the field by which they tell a list's items apart; may be empty
  record Extensions(
      boolean preserveUnknownFields,
      boolean embeddedResource,
      String listType,
      List<String> listMapKeys,
      String mapType,
      String patchStrategy,
      String patchMergeKey) {}

  /// What values of the type are allowed.
  ///
  /// @param allowed `enum`; empty for all
  record Constraints(
      List<JsonNode> allowed,
      @Nullable BigDecimal minimum,
      boolean exclusiveMinimum,
      @Nullable BigDecimal maximum,
      boolean exclusiveMaximum,
      @Nullable BigDecimal multipleOf,
      Range length,
      @Nullable SafePattern pattern,
      Range items,
      boolean uniqueItems,
      Range properties,
      List<String> required) {}

  /// How many there may be, both inclusive.
  record Range(long least, long most) {}

  /// The logical combinations.
  record Junctors(
      List<LazySchema> allOf,
      List<LazySchema> anyOf,
      List<LazySchema> oneOf,
      @Nullable LazySchema not) {
    boolean isEmpty() {
      return allOf.isEmpty() && anyOf.isEmpty() && oneOf.isEmpty() && not == null;
    }
  }

  /// The schema of a property that is named, or of all that are not; null when neither is known.
  @Nullable SchemaNode property(String name) {
    LazySchema named = properties.get(name);
    if (named != null) {
      return named.get();
    }
    return additional == null ? null : additional.get();
  }

  @Nullable SchemaNode item() {
    return items == null ? null : items.get();
  }

  /// Whether unknown fields are kept.
  boolean isOpen() {
    if (extensions.preserveUnknownFields) {
      return true;
    }
    // RawExtension and JSON of the Go types.
    return dialect == Dialect.OPEN_API
        && (types.isEmpty() || types.contains("object"))
        && properties.isEmpty()
        && additional == null
        && !Boolean.FALSE.equals(additionalAllowed);
  }
}
