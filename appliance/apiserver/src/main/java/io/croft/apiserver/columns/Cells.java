package io.croft.apiserver.columns;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.croft.apiserver.resource.Column;
import io.croft.model.Json;
import io.croft.model.LabelSelector;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What columns of several kinds have in common.
final class Cells {
  static final String NONE = "<none>";
  static final String UNSET = "<unset>";
  static final String UNKNOWN = "<unknown>";

  private Cells() {}

  /// The value at a path such as `spec.type`; missing when there is none.
  static JsonNode at(JsonNode object, String path) {
    JsonNode node = object;
    for (String step : path.split("\\.")) {
      node = node.path(step);
    }
    return node;
  }

  static String text(JsonNode object, String path, String absent) {
    JsonNode value = at(object, path);
    String text = value.isValueNode() && !value.isNull() ? value.asText() : "";
    return text.isEmpty() ? absent : text;
  }

  /// A column that shows a field.
  static Column field(String name, String description, String path) {
    return field(name, description, path, "");
  }

  static Column field(String name, String description, String path, String absent) {
    return Column.text(name, description, (o, now) -> text(o, path, absent));
  }

  static Column number(String name, String description, String path) {
    return number(name, description, o -> at(o, path).asLong(0));
  }

  static Column number(String name, String description, Function<ObjectNode, Long> value) {
    return new Column(name, "integer", "", description, 0, (o, now) -> Json.number(value.apply(o)));
  }

  static Column flag(String name, String description, String path) {
    return new Column(
        name,
        "boolean",
        "",
        description,
        0,
        (o, now) -> BooleanNode.valueOf(at(o, path).asBoolean(false)));
  }

  static Column text(String name, String description, Function<ObjectNode, String> value) {
    return Column.text(name, description, (o, now) -> value.apply(o));
  }

  /// A name with a remark behind it.
  static Column name(Function<ObjectNode, String> remark) {
    return new Column(
        Column.NAME.name(),
        Column.NAME.type(),
        Column.NAME.format(),
        Column.NAME.description(),
        0,
        (o, now) -> TextNode.valueOf(text(o, "metadata.name", "") + remark.apply(o)));
  }

  static Column createdAt() {
    return field("Created At", "When it was created.", "metadata.creationTimestamp");
  }

  static @Nullable Instant time(JsonNode object, String path) {
    try {
      JsonNode value = at(object, path);
      return value.isTextual() ? Instant.parse(value.asText()) : null;
    } catch (DateTimeParseException e) {
      return null; // shown as unknown
    }
  }

  /// The values of a field of every item of a list.
  static List<String> each(JsonNode list, String path) {
    var values = new ArrayList<String>();
    list.forEach(item -> values.add(text(item, path, "")));
    return values;
  }

  static List<String> texts(JsonNode list) {
    var values = new ArrayList<String>();
    list.forEach(item -> values.add(item.asText()));
    return values;
  }

  static String joined(List<String> texts) {
    return texts.isEmpty() ? NONE : String.join(",", texts);
  }

  /// The first few, and how many there are more.
  static String few(List<String> texts, int most) {
    if (texts.isEmpty()) {
      return NONE;
    }
    int more = texts.size() - most;
    String shown = texts.stream().limit(most).collect(Collectors.joining(","));
    return more > 0 ? shown + " + " + more + " more..." : shown;
  }

  /// A map of labels as `a=b,c=d`.
  static String labels(JsonNode labels) {
    var texts = new ArrayList<String>();
    labels.properties().forEach(l -> texts.add(l.getKey() + "=" + l.getValue().asText()));
    texts.sort(null);
    return joined(texts);
  }

  /// A label selector as one writes it.
  static String selector(JsonNode selector) {
    try {
      String text = LabelSelector.fromJson(selector).toString();
      return text.isEmpty() ? NONE : text;
    } catch (IllegalArgumentException e) {
      return "<error>";
    }
  }

  /// Wide columns about the containers that a template makes.
  static List<Column> containers(String podSpec) {
    return List.of(
        text(
                "Containers",
                "Names of each container in the template.",
                o -> String.join(",", each(at(o, podSpec + ".containers"), "name")))
            .wide(),
        text(
                "Images",
                "Images referenced by each container in the template.",
                o -> String.join(",", each(at(o, podSpec + ".containers"), "image")))
            .wide());
  }

  static Column selectorColumn(String path) {
    return text("Selector", "Which pods belong to it.", o -> selector(at(o, path))).wide();
  }
}
