package io.croft.apiserver.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// A type for tests: its schema, random values of it, and the fields that a value has. Knows
/// nothing of the code that is tested.
sealed interface RandomType {
  /// A single value.
  record Leaf() implements RandomType {}

  /// A list or an object that is owned as a whole.
  record Atomic(boolean list) implements RandomType {}

  /// Named fields.
  record Struct(Map<String, RandomType> fields) implements RandomType {
    ObjectNode object(RandomGenerator random) {
      ObjectNode object = Json.object();
      while (object.isEmpty()) {
        fields.forEach((name, type) -> {
          if (random.nextInt(3) > 0) {
            object.set(name, type.value(random));
          }
        });
      }
      return object;
    }
  }

  /// Any keys.
  record Dictionary(RandomType value) implements RandomType {}

  /// Objects told apart by their field `id`.
  record Keyed(Struct item) implements RandomType {}

  /// Texts.
  record Texts() implements RandomType {}

  /// Not described by a schema.
  record Anything() implements RandomType {}

  static Struct struct(RandomGenerator random, int depth) {
    var fields = new LinkedHashMap<String, RandomType>();
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      fields.put("f" + i, any(random, depth));
    }
    return new Struct(fields);
  }

  private static RandomType any(RandomGenerator random, int depth) {
    return switch (random.nextInt(depth == 0 ? 4 : 8)) {
      case 0, 1 -> new Leaf();
      case 2 -> new Atomic(random.nextBoolean());
      case 3 -> new Texts();
      case 4 -> struct(random, depth - 1);
      case 5 -> new Dictionary(any(random, depth - 1));
      case 6 -> {
        var fields = new LinkedHashMap<String, RandomType>();
        fields.put("id", new Leaf());
        fields.putAll(struct(random, depth - 1).fields());
        yield new Keyed(new Struct(fields));
      }
      default -> new Anything();
    };
  }

  /// The schema, as a CustomResourceDefinition has it.
  default ObjectNode schema() {
    ObjectNode schema = Json.object();
    switch (this) {
      case Leaf leaf -> schema.put("type", "integer");
      case Atomic(boolean list) when list ->
          schema.put("type", "array").set("items", new Leaf().schema());
      case Atomic atomic ->
          schema
              .put("type", "object")
              .put("x-kubernetes-map-type", "atomic")
              .set("additionalProperties", new Leaf().schema());
      case Struct(Map<String, RandomType> fields) -> {
        ObjectNode properties = schema.put("type", "object").putObject("properties");
        fields.forEach((name, type) -> properties.set(name, type.schema()));
      }
      case Dictionary(RandomType value) ->
          schema.put("type", "object").set("additionalProperties", value.schema());
      case Keyed(Struct item) -> {
        schema.put("type", "array").put("x-kubernetes-list-type", "map");
        schema.putArray("x-kubernetes-list-map-keys").add("id");
        schema.set("items", item.schema());
      }
      case Texts texts ->
          schema
              .put("type", "array")
              .put("x-kubernetes-list-type", "set")
              .set("items", Json.object().put("type", "string"));
      case Anything anything ->
          schema.put("type", "object").put("x-kubernetes-preserve-unknown-fields", true);
    }
    return schema;
  }

  /// A value with something in it. Few different ones, so that several clients mean the same.
  default JsonNode value(RandomGenerator random) {
    return switch (this) {
      case Leaf leaf -> IntNode.valueOf(random.nextInt(3));
      case Atomic(boolean list) ->
          list
              ? Json.array().add(random.nextInt(2))
              : Json.object().put("x" + random.nextInt(2), random.nextInt(2));
      case Struct struct -> struct.object(random);
      case Dictionary(RandomType value) -> {
        ObjectNode object = Json.object();
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
          object.set("k" + random.nextInt(4), value.value(random));
        }
        yield object;
      }
      case Keyed(Struct item) -> {
        var items = new LinkedHashMap<Integer, ObjectNode>();
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
          int id = random.nextInt(4);
          items.put(id, item.object(random).put("id", id));
        }
        yield Json.array().addAll(items.values());
      }
      case Texts texts -> {
        ArrayNode list = Json.array();
        random.ints(1 + random.nextInt(3), 0, 5).distinct().forEach(i -> list.add("t" + i));
        yield list;
      }
      case Anything anything -> {
        ObjectNode object = Json.object();
        for (int i = 1 + random.nextInt(2); i > 0; i--) {
          String key = "a" + random.nextInt(3);
          object.set(
              key, random.nextInt(3) == 0 ? value(random) : IntNode.valueOf(random.nextInt(3)));
        }
        yield object;
      }
    };
  }

  /// Adds fields and keys of another value that are not there.
  static void fill(ObjectNode object, JsonNode more, RandomType type) {
    for (var field : more.properties()) {
      RandomType inner =
          switch (type) {
            case Struct(Map<String, RandomType> fields) -> at(fields, field.getKey());
            case Dictionary(RandomType value) -> value;
            default -> new Leaf();
          };
      boolean parts = inner instanceof Struct || inner instanceof Dictionary;
      if (!object.has(field.getKey())) {
        object.set(field.getKey(), field.getValue());
      } else if (parts && object.get(field.getKey()) instanceof ObjectNode there) {
        fill(there, field.getValue(), inner);
      }
    }
  }

  /// What stands at a path.
  ///
  /// @param value null for what has parts
  /// @param named whether the schema names it
  record Field(@Nullable JsonNode value, boolean named) {}

  /// The fields of a value, by path; list items that are objects as `#ID`.
  default void fields(String path, JsonNode value, boolean named, Map<String, Field> target) {
    boolean parts =
        !(this instanceof Leaf || this instanceof Atomic)
            && (!(this instanceof Anything) || value.isObject());
    target.put(path, new Field(parts ? null : value, named));
    switch (this) {
      case Leaf leaf -> {}
      case Atomic atomic -> {}
      case Struct(Map<String, RandomType> fields) -> {
        for (var field : value.properties()) {
          RandomType type = at(fields, field.getKey());
          type.fields(path + "/" + field.getKey(), field.getValue(), true, target);
        }
      }
      case Dictionary(RandomType type) ->
          value
              .properties()
              .forEach(f -> type.fields(path + "/" + f.getKey(), f.getValue(), false, target));
      case Keyed(Struct item) ->
          value.forEach(i -> item.fields(path + "/#" + i.get("id"), i, false, target));
      case Texts texts ->
          value.forEach(i -> target.put(path + "/" + i.asText(), new Field(i, false)));
      case Anything anything ->
          value
              .properties()
              .forEach(f -> fields(path + "/" + f.getKey(), f.getValue(), false, target));
    }
  }

  private static RandomType at(Map<String, RandomType> fields, String name) {
    RandomType type = fields.get(name);
    if (type == null) {
      throw new AssertionError("no field " + name);
    }
    return type;
  }
}
