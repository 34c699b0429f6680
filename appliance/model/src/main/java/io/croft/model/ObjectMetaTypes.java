package io.croft.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Whether the lists and maps of metadata hold what they should. Schemas of built-in kinds let null
/// pass anywhere, and not every object has a schema.
final class ObjectMetaTypes {
  private static final List<String> OWNER_TEXTS = List.of("apiVersion", "kind", "name", "uid");
  private static final List<String> OWNER_FLAGS = List.of("controller", "blockOwnerDeletion");

  private final FieldErrors errors;

  private ObjectMetaTypes(FieldErrors errors) {
    this.errors = errors;
  }

  /// @return whether all is well; otherwise `errors` says what is not
  static boolean check(ObjectNode metadata, FieldErrors errors) {
    var types = new ObjectMetaTypes(errors);
    for (String field : List.of("labels", "annotations")) {
      types.texts("metadata." + field, metadata.get(field));
    }
    types.finalizers(metadata.get("finalizers"));
    types.owners(metadata.get("ownerReferences"));
    return errors.isEmpty();
  }

  private void texts(String path, @Nullable JsonNode map) {
    if (isAbsent(map)) {
      return;
    }
    if (!(map instanceof ObjectNode object)) {
      wrong(path, map, "an object");
      return;
    }
    for (var entry : object.properties()) {
      if (errors.isFull()) {
        return;
      }
      text(path + "[" + entry.getKey() + "]", entry.getValue());
    }
  }

  private void finalizers(@Nullable JsonNode list) {
    if (isAbsent(list)) {
      return;
    }
    if (!(list instanceof ArrayNode items)) {
      wrong("metadata.finalizers", list, "a list");
      return;
    }
    for (int i = 0; i < items.size() && !errors.isFull(); i++) {
      text("metadata.finalizers[" + i + "]", items.get(i));
    }
  }

  private void owners(@Nullable JsonNode list) {
    if (isAbsent(list)) {
      return;
    }
    if (!(list instanceof ArrayNode items)) {
      wrong("metadata.ownerReferences", list, "a list");
      return;
    }
    for (int i = 0; i < items.size() && !errors.isFull(); i++) {
      owner("metadata.ownerReferences[" + i + "]", items.get(i));
    }
  }

  private void owner(String path, JsonNode owner) {
    if (!owner.isObject()) {
      wrong(path, owner, "an object");
      return;
    }
    for (String field : OWNER_TEXTS) {
      if (!isAbsent(owner.get(field))) {
        text(path + "." + field, owner.get(field));
      }
    }
    for (String field : OWNER_FLAGS) {
      JsonNode flag = owner.get(field);
      if (!isAbsent(flag) && !flag.isBoolean()) {
        wrong(path + "." + field, flag, "a boolean");
      }
    }
  }

  private void text(String path, JsonNode value) {
    if (!value.isTextual()) {
      wrong(path, value, "a string");
    }
  }

  private void wrong(String path, @Nullable JsonNode value, String wanted) {
    errors.add(FieldError.typeInvalid(path, value, "must be " + wanted));
  }

  private static boolean isAbsent(@Nullable JsonNode value) {
    return value == null || value.isNull();
  }
}
