package io.croft.model.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.FieldError;
import io.croft.model.FieldErrors;
import io.croft.model.Json;
import io.croft.model.Quoted;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Checks a value against a schema. What has not changed since the old object is not checked: a
/// schema that became stricter must not make every update of older objects fail (KEP-4008).
final class Validator {
  private final FieldErrors errors = new FieldErrors();

  List<FieldError> errors() {
    return errors.list();
  }

  /// @param old the value before, where it can be told which it was; null otherwise
  void check(SchemaNode schema, JsonNode value, @Nullable JsonNode old, FieldPath path) {
    if (errors.isFull() || (old != null && Json.same(value, old))) {
      return;
    }
    if (value.isNull() && (schema.nullable() || schema.dialect() == Dialect.OPEN_API)) {
      return;
    }
    if (!JsonType.allowed(schema.types(), value)) {
      wrongType(schema, value, path);
      return;
    }
    junctors(schema, value, path);
    switch (value) {
      case ObjectNode object -> object(schema, object, old, path);
      case ArrayNode array -> array(schema, array, old, path);
      default -> ScalarChecks.check(schema, value, path, errors);
    }
    oneOfEnum(schema, value, path);
  }

  private void wrongType(SchemaNode schema, JsonNode value, FieldPath path) {
    String types = schema.types().stream().sorted().collect(Collectors.joining(","));
    String actual = JsonType.of(value).text();
    String wanted = " in body must be of type " + types + ": " + Quoted.text(actual);
    errors.add(FieldError.typeInvalid(path.toString(), actual, path + wanted));
  }

  private void oneOfEnum(SchemaNode schema, JsonNode value, FieldPath path) {
    List<JsonNode> allowed = schema.constraints().allowed();
    if (!allowed.isEmpty() && allowed.stream().noneMatch(item -> Json.same(item, value))) {
      List<String> texts =
          allowed.stream().map(i -> i.isTextual() ? i.asText() : Json.text(i)).toList();
      errors.add(FieldError.notSupported(path.toString(), value, texts));
    }
  }

  private void object(
      SchemaNode schema, ObjectNode object, @Nullable JsonNode old, FieldPath path) {
    var range = schema.constraints().properties();
    if (object.size() < range.least()) {
      errors.add(
          path.inBody(object.size(), "should have at least " + range.least() + " properties"));
    }
    if (object.size() > range.most()) {
      errors.add(FieldError.tooMany(path.toString(), object.size(), (int) range.most()));
    }
    for (var field : object.properties()) {
      if (errors.isFull()) {
        return;
      }
      field(schema, field.getKey(), field.getValue(), old, path);
    }
    for (String name : schema.constraints().required()) {
      if (isMissing(schema, object.get(name))) {
        errors.add(FieldError.required(path.field(name).toString(), ""));
      }
    }
    if (schema.extensions().embeddedResource()) {
      ResourceChecks.embedded(object, path, errors);
    }
  }

  private static boolean isMissing(SchemaNode schema, @Nullable JsonNode value) {
    return value == null || (value.isNull() && schema.dialect() == Dialect.OPEN_API);
  }

  private void field(
      SchemaNode schema, String name, JsonNode value, @Nullable JsonNode old, FieldPath path) {
    SchemaNode known = schema.property(name);
    if (known != null) {
      check(known, value, old == null ? null : old.get(name), path.field(name));
    } else if (Boolean.FALSE.equals(schema.additionalAllowed())) {
      errors.add(
          FieldError.invalid(
              path.toString(), name, path.field(name) + " in body is a forbidden property"));
    }
  }

  private void array(SchemaNode schema, ArrayNode array, @Nullable JsonNode old, FieldPath path) {
    SchemaNode item = schema.item();
    if (item != null) {
      ListItems before = ListItems.of(old, schema);
      for (int i = 0; i < array.size() && !errors.isFull(); i++) {
        check(item, array.get(i), before.counterpart(array.get(i)), path.index(i));
      }
    }
    var range = schema.constraints().items();
    if (array.size() < range.least()) {
      errors.add(path.inBody(array.size(), "should have at least " + range.least() + " items"));
    }
    if (array.size() > range.most()) {
      errors.add(FieldError.tooMany(path.toString(), array.size(), (int) range.most()));
    }
    if (schema.constraints().uniqueItems() && !ListItems.duplicates(array).isEmpty()) {
      errors.add(path.inBody("", "shouldn't contain duplicates"));
    }
    if (schema.dialect() == Dialect.CUSTOM_RESOURCE) {
      ListItems.checkListType(schema, array, path, errors);
    }
  }

  private void junctors(SchemaNode schema, JsonNode value, FieldPath path) {
    var junctors = schema.junctors();
    if (junctors.isEmpty()) {
      return;
    }
    allOf(junctors.allOf(), value, path);
    anyOf(junctors.anyOf(), value, path);
    oneOf(junctors.oneOf(), value, path);
    if (junctors.not() != null && attempt(junctors.not(), value, path).isEmpty()) {
      combination(path, "must not validate the schema (not)");
    }
  }

  private void allOf(List<LazySchema> schemas, JsonNode value, FieldPath path) {
    int failed = 0;
    for (LazySchema schema : schemas) {
      List<FieldError> wrong = attempt(schema, value, path);
      errors.addAll(wrong);
      failed += wrong.isEmpty() ? 0 : 1;
    }
    if (failed > 0) {
      String none = failed == schemas.size() ? ". None validated" : "";
      combination(path, "must validate all the schemas (allOf)" + none);
    }
  }

  private void anyOf(List<LazySchema> schemas, JsonNode value, FieldPath path) {
    List<List<FieldError>> attempts = attempts(schemas, value, path);
    if (!attempts.isEmpty() && attempts.stream().noneMatch(List::isEmpty)) {
      combination(path, "must validate at least one schema (anyOf)");
      errors.addAll(nearest(attempts));
    }
  }

  private void oneOf(List<LazySchema> schemas, JsonNode value, FieldPath path) {
    List<List<FieldError>> attempts = attempts(schemas, value, path);
    long valid = attempts.stream().filter(List::isEmpty).count();
    if (attempts.isEmpty() || valid == 1) {
      return;
    }
    String found = valid == 0 ? "Found none valid" : "Found " + valid + " valid alternatives";
    combination(path, "must validate one and only one schema (oneOf). " + found);
    if (valid == 0) {
      errors.addAll(nearest(attempts));
    }
  }

  private static List<List<FieldError>> attempts(
      List<LazySchema> schemas, JsonNode value, FieldPath path) {
    return schemas.stream().map(schema -> attempt(schema, value, path)).toList();
  }

  private static List<FieldError> attempt(LazySchema schema, JsonNode value, FieldPath path) {
    var validator = new Validator();
    validator.check(schema.get(), value, null, path);
    return validator.errors();
  }

  /// The alternative that the value comes nearest to is the one that was probably meant.
  private static List<FieldError> nearest(List<List<FieldError>> attempts) {
    List<FieldError> nearest = attempts.get(0);
    for (List<FieldError> attempt : attempts) {
      nearest = attempt.size() < nearest.size() ? attempt : nearest;
    }
    return nearest;
  }

  private void combination(FieldPath path, String wanted) {
    String name = path.toString();
    errors.add(FieldError.invalid(name, "", Quoted.text(name) + " " + wanted));
  }
}
