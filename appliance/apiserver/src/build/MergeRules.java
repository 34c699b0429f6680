import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.annotations.SerializedName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/// Adds to schemas what `merge-rules.txt` says about merging, as the extensions that kube-apiserver
/// publishes.
final class MergeRules {
  /// Structures that every kind which has them has by value.
  private static final Set<String> ALWAYS_THERE = Set.of("metadata", "spec", "status");

  private final Map<String, String[]> rules = new HashMap<>();

  /// @param models the package of the models
  /// @throws IllegalArgumentException when a rule is about what no model has
  MergeRules(Path file, String models) throws IOException {
    for (String line : Files.readAllLines(file)) {
      if (!line.isBlank() && !line.startsWith("#")) {
        String[] words = line.split(" ");
        requireModel(models, words[0]);
        rules.put(words[0], words);
      }
    }
  }

  private static void requireModel(String models, String name) {
    String[] modelAndField = name.split("\\.", 2);
    try {
      Class<?> model = Class.forName(models + modelAndField[0]);
      boolean known =
          modelAndField.length == 1
              || Arrays.stream(model.getDeclaredFields())
                  .map(field -> field.getAnnotation(SerializedName.class))
                  .anyMatch(field -> field != null && field.value().equals(modelAndField[1]));
      if (known) {
        return;
      }
    } catch (ClassNotFoundException e) {
      // told below
    }
    throw new IllegalArgumentException("merge-rules.txt: no model has " + name);
  }

  /// @param model the simple name of the model's class
  void ofType(String model, JsonObject schema) {
    apply(model, schema);
  }

  /// @param field the field's name in JSON
  void ofField(String model, String field, JsonObject property) {
    boolean structure = property.has("$ref") || property.has("allOf");
    if (structure && ALWAYS_THERE.contains(field)) {
      besideReference(property).add("default", new JsonObject());
    }
    apply(model + "." + field, property);
  }

  private void apply(String name, JsonObject schema) {
    String[] words = rules.getOrDefault(name, new String[] {name});
    for (int i = 1; i < words.length; i++) {
      int equals = words[i].indexOf('=');
      String rule = equals < 0 ? words[i] : words[i].substring(0, equals);
      String value = equals < 0 ? "" : words[i].substring(equals + 1);
      apply(rule, value, besideReference(schema));
    }
  }

  private static void apply(String rule, String value, JsonObject schema) {
    boolean list = schema.has("type") && schema.get("type").getAsString().equals("array");
    switch (rule) {
      case "atomic", "granular" ->
          schema.addProperty("x-kubernetes-" + (list ? "list" : "map") + "-type", rule);
      case "set" -> schema.addProperty("x-kubernetes-list-type", "set");
      case "map" -> {
        schema.addProperty("x-kubernetes-list-type", "map");
        var keys = new JsonArray();
        for (String key : value.split(",")) {
          keys.add(key);
        }
        schema.add("x-kubernetes-list-map-keys", keys);
      }
      case "default" -> schema.add("default", JsonParser.parseString(value));
      case "patch" -> {
        String[] strategyAndKey = value.split(":");
        schema.addProperty("x-kubernetes-patch-strategy", strategyAndKey[0]);
        if (strategyAndKey.length > 1) {
          schema.addProperty("x-kubernetes-patch-merge-key", strategyAndKey[1]);
        }
      }
      default -> throw new IllegalArgumentException("merge-rules.txt: what is " + rule + "?");
    }
  }

  /// A sibling of `$ref` is ignored by JSON schema; Kubernetes wraps the reference.
  private static JsonObject besideReference(JsonObject schema) {
    JsonElement reference = schema.remove("$ref");
    if (reference != null) {
      var wrapped = new JsonObject();
      wrapped.add("$ref", reference);
      var all = new JsonArray();
      all.add(wrapped);
      schema.add("allOf", all);
    }
    return schema;
  }
}
