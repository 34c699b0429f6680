import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The protobuf numbers of the definitions' fields, as `{FIELD: NUMBER}`. What Go embeds in a type
/// is a message of its own in protobuf but no field in JSON: it is given as `{"NUMBER": {…}}`. What
/// is a schema or something else is given as `{FIELD: "NUMBER|ELSE"}`.
final class ProtobufNumbers {
  private static final List<String> FILES =
      List.of(
          "V1",
          "Meta",
          "V1Apps",
          "V1Batch",
          "V1Autoscaling",
          "V1Networking",
          "V1Policy",
          "V1Storage",
          "V1Scheduling",
          "V1Certificates",
          "V1Admissionregistration",
          "V1Rbac",
          "V1Authentication",
          "V1Authorization");

  private final Map<String, Descriptor> messages = new HashMap<>();
  private final Map<String, String> newer;
  private final Map<String, JsonObject> definitions;

  /// @param newer numbers that the client's models lack, as `FIELD=NUMBER …` by definition, with a
  ///   definition in place of a field that is embedded, and `NUMBER|ELSE` for a schema or something
  ///   else
  ProtobufNumbers(Map<String, String> newer, Map<String, JsonObject> definitions) throws Exception {
    this.newer = newer;
    this.definitions = definitions;
    for (String file : FILES) {
      Object descriptor =
          Class.forName("io.kubernetes.client.proto." + file)
              .getMethod("getDescriptor")
              .invoke(null);
      for (Descriptor message : ((FileDescriptor) descriptor).getMessageTypes()) {
        messages.put(definition(message), message);
      }
    }
  }

  private static String definition(Descriptor message) {
    return "io." + message.getFullName().replaceFirst("^k8s\\.io\\.", "k8s.");
  }

  /// Empty when the definition has no message.
  JsonObject of(String name) {
    JsonObject schema = definitions.get(name);
    JsonElement properties = schema == null ? null : schema.get("properties");
    return numbers(name, properties == null ? new JsonObject() : properties.getAsJsonObject());
  }

  /// @param properties the fields of the JSON object that the message, or what embeds it, becomes
  private JsonObject numbers(String name, JsonObject properties) {
    var numbers = new JsonObject();
    Descriptor message = messages.get(name);
    if (message != null) {
      for (FieldDescriptor field : message.getFields()) {
        if (properties.has(field.getName())) {
          numbers.addProperty(field.getName(), field.getNumber());
        } else if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE && !field.isRepeated()) {
          embed(numbers, field.getNumber(), definition(field.getMessageType()), properties);
        }
      }
    }
    for (String word : newer.getOrDefault(name, "").split(" ")) {
      if (word.contains("=")) {
        String[] parts = word.split("=");
        if (parts[1].contains("|")) {
          numbers.addProperty(parts[0], parts[1]);
          continue;
        }
        int number = Integer.parseInt(parts[1]);
        if (parts[0].contains(".")) {
          embed(numbers, number, parts[0], properties);
        } else {
          numbers.addProperty(parts[0], number);
        }
      }
    }
    return numbers;
  }

  private void embed(JsonObject numbers, int number, String definition, JsonObject properties) {
    JsonObject embedded = numbers(definition, properties);
    if (embedded.size() > 0) {
      numbers.add(Integer.toString(number), embedded);
    }
  }
}
