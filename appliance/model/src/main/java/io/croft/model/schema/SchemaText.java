package io.croft.model.schema;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Reads schemas of kinds in a shorthand, and writes them out as OpenAPI: one field per line, its
/// name, `!` where it is required, its type, constraints. What is indented below an object are its
/// fields; a type that is written with a capital letter is described elsewhere in the text. `T[]`
/// is a list that is replaced as a whole, `T[key]` one whose items are merged by that key, `T[*]`
/// one that says neither; constraints are those of `T`.
public final class SchemaText {
  /// A line: what it says, and what is indented below it.
  private record Line(String text, List<Line> below) {}

  private static final Pattern CONSTRAINT_NAME = Pattern.compile("\\s*([a-zA-Z]+)");

  private final Map<String, Line> kinds = new LinkedHashMap<>();
  private final Map<String, Line> types = new LinkedHashMap<>();

  /// @throws IllegalArgumentException naming the line that makes no sense
  public SchemaText(String text) {
    for (Line line : outline(text)) {
      String[] words = line.text.split(" ", 2);
      switch (words[0]) {
        case "kind" -> kinds.put(words[1], line);
        case "type" -> types.put(words[1].split(" ", 2)[0], line);
        default -> throw new IllegalArgumentException("neither a kind nor a type: " + line.text);
      }
    }
  }

  private static List<Line> outline(String text) {
    var root = new Line("", new ArrayList<>());
    List<Line> open = new ArrayList<>(List.of(root));
    for (String raw : text.lines().toList()) {
      String stripped = raw.strip();
      if (stripped.isEmpty() || stripped.startsWith("#")) {
        continue;
      }
      int depth = (raw.length() - raw.stripLeading().length()) / 2;
      if (depth >= open.size()) {
        throw new IllegalArgumentException("indented too far: " + stripped);
      }
      open.subList(depth + 1, open.size()).clear();
      var line = new Line(stripped, new ArrayList<>());
      open.getLast().below.add(line);
      open.add(line);
    }
    return root.below;
  }

  /// The schema of a kind, with what every object has.
  public ObjectNode kind(String kind) {
    Line line = kinds.get(kind);
    if (line == null) {
      throw new IllegalArgumentException("no schema of " + kind);
    }
    ObjectNode schema = Json.object().put("type", "object");
    ObjectNode properties = schema.putObject("properties");
    properties.putObject("apiVersion").put("type", "string");
    properties.putObject("kind").put("type", "string");
    properties.putObject("metadata").put("type", "object");
    fields(schema, properties, line.below);
    return schema;
  }

  private void fields(ObjectNode schema, ObjectNode properties, List<Line> lines) {
    ArrayNode required = Json.array();
    for (Line line : lines) {
      String[] words = line.text.split(" ", 3);
      boolean needed = words[0].endsWith("!");
      String name = needed ? words[0].substring(0, words[0].length() - 1) : words[0];
      if (needed) {
        required.add(name);
      }
      String constraints = words.length > 2 ? words[2] : "";
      properties.set(name, type(words[1], constraints, line.below));
    }
    if (!required.isEmpty()) {
      schema.set("required", required);
    }
  }

  private ObjectNode type(String type, String constraints, List<Line> below) {
    if (type.endsWith("]")) {
      int bracket = type.lastIndexOf('[');
      return list(
          type(type.substring(0, bracket), constraints, below),
          type.substring(bracket + 1, type.length() - 1));
    }
    if (type.startsWith("map<")) {
      ObjectNode map = Json.object().put("type", "object");
      map.set(
          "additionalProperties",
          type(type.substring("map<".length(), type.length() - 1), constraints, below));
      return map;
    }
    ObjectNode schema = scalar(type);
    if (type.equals("object") && !below.isEmpty()) {
      fields(schema, schema.putObject("properties"), below);
    } else if (Character.isUpperCase(type.charAt(0))) {
      Line named = types.get(type);
      if (named == null) {
        throw new IllegalArgumentException("no type " + type);
      }
      fields(schema, schema.putObject("properties"), named.below);
      constrain(schema, named.text.substring("type ".length() + type.length()));
    }
    constrain(schema, constraints);
    return schema;
  }

  private static ObjectNode list(ObjectNode items, String merging) {
    ObjectNode list = Json.object().put("type", "array");
    for (String ofList : List.of("minItems", "maxItems")) {
      if (items.has(ofList)) {
        list.set(ofList, items.remove(ofList));
      }
    }
    list.set("items", items);
    switch (merging) {
      case "" -> list.put("x-kubernetes-list-type", "atomic");
      case "*" -> {}
      default -> {
        list.put("x-kubernetes-list-type", "map");
        list.putArray("x-kubernetes-list-map-keys").add(merging);
      }
    }
    return list;
  }

  private static ObjectNode scalar(String type) {
    ObjectNode schema = Json.object();
    return switch (type) {
      case "string", "boolean", "integer" -> schema.put("type", type);
      case "int32", "int64" -> schema.put("type", "integer").put("format", type);
      case "time" -> schema.put("type", "string").put("format", "date-time");
      case "bytes" -> schema.put("type", "string").put("format", "byte");
      case "any" -> schema.put("x-kubernetes-preserve-unknown-fields", true);
      case "intOrString" -> schema.put("x-kubernetes-int-or-string", true);
      default -> {
        if (!type.equals("object") && !Character.isUpperCase(type.charAt(0))) {
          throw new IllegalArgumentException("no type " + type);
        }
        yield schema.put("type", "object");
      }
    };
  }

  /// Puts `name(argument)` and plain words into the schema.
  private static void constrain(ObjectNode schema, String constraints) {
    Matcher name = CONSTRAINT_NAME.matcher(constraints);
    int at = 0;
    while (name.find(at)) {
      at = name.end();
      String argument = "";
      if (at < constraints.length() && constraints.charAt(at) == '(') {
        int end = closing(constraints, at);
        argument = constraints.substring(at + 1, end);
        at = end + 1;
      }
      constrain(schema, name.group(1), argument);
    }
  }

  /// An argument may be a pattern, which has parentheses of its own.
  private static int closing(String text, int opening) {
    int depth = 0;
    for (int i = opening; i < text.length(); i++) {
      switch (text.charAt(i)) {
        case '\\' -> i++;
        case '(' -> depth++;
        case ')' -> {
          if (--depth == 0) {
            return i;
          }
        }
        default -> {}
      }
    }
    throw new IllegalArgumentException("a parenthesis is not closed: " + text);
  }

  private static void constrain(ObjectNode schema, String name, String argument) {
    switch (name) {
      case "enum" -> {
        ArrayNode values = schema.putArray("enum");
        for (String value : argument.split("\\|", -1)) {
          values.add(value);
        }
      }
      case "minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems" ->
          schema.put(name, Integer.parseInt(argument));
      case "pattern" -> schema.put(name, argument);
      case "exactlyOne" -> count(schema, argument, "exactly one", "==");
      case "atLeastOne" -> count(schema, argument, "at least one", ">=");
      case "default" -> {
        if (schema.path("type").asText().equals("integer")) {
          schema.put(name, Integer.parseInt(argument));
        } else {
          schema.put(name, argument);
        }
      }
      case "atomic" -> schema.put("x-kubernetes-map-type", "atomic");
      default -> throw new IllegalArgumentException("no constraint " + name);
    }
  }

  /// How many of some fields there must be.
  private static void count(ObjectNode schema, String fields, String words, String comparison) {
    List<String> names = List.of(fields.split("\\|", -1));
    String present =
        names.stream().map(n -> "has(self." + n + ")").collect(Collectors.joining(","));
    schema
        .putArray("x-kubernetes-validations")
        .addObject()
        .put("rule", "[%s].filter(x,x==true).size() %s 1".formatted(present, comparison))
        .put(
            "message",
            "%s of the fields in [%s] must be set".formatted(words, String.join(" ", names)));
  }
}
