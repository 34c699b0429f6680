package io.croft.apiserver.resource;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.croft.model.ApiObject;
import java.time.Duration;
import java.time.Instant;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/// A column of the tables that `kubectl get` shows.
///
/// @param type OpenAPI type: string, integer, number, boolean or date
/// @param format OpenAPI format, or `name` for the column that names the object; may be empty
/// @param priority 0 for always, above for wide output only
/// @param cell reads the value from an object, at a moment
public record Column(
    String name,
    String type,
    String format,
    String description,
    int priority,
    BiFunction<ObjectNode, Instant, JsonNode> cell) {

  public static final Column NAME =
      new Column(
          "Name",
          "string",
          "name",
          "The object's name, unique among its kind in its namespace.",
          0,
          (object, now) -> TextNode.valueOf(ApiObject.of(object).name()));

  public static final Column AGE =
      new Column(
          "Age",
          "string",
          "",
          "How long ago the object was created.",
          0,
          (object, now) -> TextNode.valueOf(since(ApiObject.of(object).creationTimestamp(), now)));

  /// A column of text.
  public static Column text(
      String name, String description, BiFunction<ObjectNode, Instant, String> cell) {
    return new Column(
        name, "string", "", description, 0, (o, now) -> TextNode.valueOf(cell.apply(o, now)));
  }

  /// The same column, for wide output only.
  public Column wide() {
    return new Column(name, type, format, description, 1, cell);
  }

  /// The time between two moments as kubectl writes it.
  public static String since(@Nullable Instant then, Instant now) {
    return then == null ? "<unknown>" : HumanDuration.format(Duration.between(then, now));
  }
}
