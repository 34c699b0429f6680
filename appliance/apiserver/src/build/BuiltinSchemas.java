import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.annotations.SerializedName;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import io.swagger.annotations.ApiModel;
import io.swagger.annotations.ApiModelProperty;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Writes the OpenAPI schemas of the built-in kinds, read off the typed models of the official Java
/// client, as `{"definitions": {NAME: SCHEMA}}`. Runs while the module is built; nothing of the
/// models is in the product.
public final class BuiltinSchemas {
  private static final String MODELS = "io.kubernetes.client.openapi.models.";

  /// A group, the package name of its definitions, and the model classes of its kinds.
  private record Group(String name, String definitions, List<String> kinds) {}

  private static final List<Group> GROUPS =
      List.of(
          new Group(
              "",
              "io.k8s.api.core.v1",
              List.of("V1Namespace", "V1ConfigMap", "V1Secret", "V1ServiceAccount", "CoreV1Event")),
          new Group("events.k8s.io", "io.k8s.api.events.v1", List.of("EventsV1Event")),
          new Group("coordination.k8s.io", "io.k8s.api.coordination.v1", List.of("V1Lease")),
          new Group(
              "rbac.authorization.k8s.io",
              "io.k8s.api.rbac.v1",
              List.of("V1Role", "V1RoleBinding", "V1ClusterRole", "V1ClusterRoleBinding")),
          new Group(
              "apiextensions.k8s.io",
              "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1",
              List.of("V1CustomResourceDefinition")),
          new Group(
              "meta.k8s.io", "io.k8s.apimachinery.pkg.apis.meta.v1", List.of("V1DeleteOptions")),
          new Group(
              "authentication.k8s.io",
              "io.k8s.api.authentication.v1",
              List.of("V1SelfSubjectReview", "V1TokenReview", "AuthenticationV1TokenRequest")),
          new Group(
              "authorization.k8s.io",
              "io.k8s.api.authorization.v1",
              List.of(
                  "V1SelfSubjectAccessReview",
                  "V1SubjectAccessReview",
                  "V1LocalSubjectAccessReview",
                  "V1SelfSubjectRulesReview")));

  private static final Set<String> META =
      Set.of(
          "V1ObjectMeta",
          "V1ListMeta",
          "V1OwnerReference",
          "V1ManagedFieldsEntry",
          "V1LabelSelector",
          "V1LabelSelectorRequirement",
          "V1Condition",
          "V1Status",
          "V1StatusDetails",
          "V1StatusCause",
          "V1DeleteOptions",
          "V1Preconditions");

  /// Numbers of messages and fields that the client's protobuf models do not have yet.
  private static final Map<String, Map<String, Integer>> NEWER_NUMBERS =
      Map.of(
          "io.k8s.api.authorization.v1.ResourceAttributes",
          Map.of("fieldSelector", 8, "labelSelector", 9),
          "io.k8s.api.authorization.v1.FieldSelectorAttributes",
          Map.of("rawSelector", 1, "requirements", 2),
          "io.k8s.api.authorization.v1.LabelSelectorAttributes",
          Map.of("rawSelector", 1, "requirements", 2),
          "io.k8s.api.authorization.v1.FieldSelectorRequirement",
          Map.of("key", 1, "operator", 2, "values", 3),
          "io.k8s.api.coordination.v1.Lease",
          Map.of("metadata", 1, "spec", 2),
          "io.k8s.api.coordination.v1.LeaseSpec",
          Map.of(
              "holderIdentity", 1,
              "leaseDurationSeconds", 2,
              "acquireTime", 3,
              "renewTime", 4,
              "leaseTransitions", 5,
              "strategy", 6,
              "preferredHolder", 7),
          "io.k8s.api.events.v1.EventSeries",
          Map.of("count", 1, "lastObservedTime", 2),
          "io.k8s.api.events.v1.Event",
          Map.ofEntries(
              Map.entry("metadata", 1),
              Map.entry("eventTime", 2),
              Map.entry("series", 3),
              Map.entry("reportingController", 4),
              Map.entry("reportingInstance", 5),
              Map.entry("action", 6),
              Map.entry("reason", 7),
              Map.entry("regarding", 8),
              Map.entry("related", 9),
              Map.entry("note", 10),
              Map.entry("type", 11),
              Map.entry("deprecatedSource", 12),
              Map.entry("deprecatedFirstTimestamp", 13),
              Map.entry("deprecatedLastTimestamp", 14),
              Map.entry("deprecatedCount", 15)));

  private final MergeRules merging;
  private final Map<Class<?>, String> names = new LinkedHashMap<>();
  private final Deque<Class<?>> waiting = new ArrayDeque<>();
  private final Map<String, JsonObject> definitions = new TreeMap<>();
  private String definitionsOfGroup = "";

  private BuiltinSchemas(MergeRules merging) {
    this.merging = merging;
  }

  /// @param args the file of merge rules; where the results go
  public static void main(String[] args) throws Exception {
    var schemas = new BuiltinSchemas(new MergeRules(Path.of(args[0]), MODELS));
    for (Group group : GROUPS) {
      schemas.add(group);
    }
    var all = new JsonObject();
    schemas.definitions.forEach(all::add);
    var out = new JsonObject();
    out.add("definitions", all);
    Path directory = Path.of(args[1]);
    Files.createDirectories(directory);
    Files.writeString(directory.resolve("schemas.json"), new Gson().toJson(out));
    Files.writeString(directory.resolve("protobuf.json"), new Gson().toJson(schemas.numbers()));
  }

  /// The protobuf numbers of the definitions' fields; definitions without a message are left out.
  private JsonObject numbers() throws Exception {
    Map<String, Descriptor> messages = new HashMap<>();
    for (String file : List.of("V1", "Meta", "V1Rbac", "V1Authentication", "V1Authorization")) {
      Object descriptor =
          Class.forName("io.kubernetes.client.proto." + file)
              .getMethod("getDescriptor")
              .invoke(null);
      for (Descriptor message : ((FileDescriptor) descriptor).getMessageTypes()) {
        messages.put("io." + message.getFullName().replaceFirst("^k8s\\.io\\.", "k8s."), message);
      }
    }
    var all = new JsonObject();
    for (String name : definitions.keySet()) {
      var numbers = new JsonObject();
      Descriptor message = messages.get(name);
      if (message != null) {
        for (FieldDescriptor field : message.getFields()) {
          numbers.addProperty(field.getName(), field.getNumber());
        }
      }
      NEWER_NUMBERS.getOrDefault(name, Map.of()).forEach(numbers::addProperty);
      if (numbers.size() > 0) {
        all.add(name, numbers);
      }
    }
    return all;
  }

  private void add(Group group) throws Exception {
    definitionsOfGroup = group.definitions();
    for (String kind : group.kinds()) {
      Class<?> model = Class.forName(MODELS + kind);
      String name = reference(model);
      drain();
      definitions.get(name).add("x-kubernetes-group-version-kind", gvk(group.name(), bare(kind)));
      Class<?> list = listModel(kind);
      if (list != null) {
        String listName = reference(list);
        drain();
        definitions
            .get(listName)
            .add("x-kubernetes-group-version-kind", gvk(group.name(), bare(kind) + "List"));
      }
    }
  }

  private static Class<?> listModel(String kind) {
    try {
      return Class.forName(MODELS + kind + "List");
    } catch (ClassNotFoundException e) {
      return null; // a review is only created, never listed
    }
  }

  private void drain() throws Exception {
    while (!waiting.isEmpty()) {
      Class<?> model = waiting.pop();
      definitions.put(names.get(model), schema(model));
    }
  }

  private static JsonArray gvk(String group, String kind) {
    var gvk = new JsonObject();
    gvk.addProperty("group", group);
    gvk.addProperty("version", "v1");
    gvk.addProperty("kind", kind);
    var list = new JsonArray();
    list.add(gvk);
    return list;
  }

  /// The model's definition name; queues the model when it is met for the first time.
  private String reference(Class<?> model) {
    return names.computeIfAbsent(
        model,
        unseen -> {
          waiting.push(model);
          String simple = model.getSimpleName();
          String owner =
              META.contains(simple) ? "io.k8s.apimachinery.pkg.apis.meta.v1" : definitionsOfGroup;
          return owner + "." + bare(simple);
        });
  }

  private static String bare(String modelName) {
    return modelName.replaceFirst("^(Core|Events|Rbac|Apiextensions|Authentication)?V1", "");
  }

  private JsonObject schema(Class<?> model) throws Exception {
    var schema = new JsonObject();
    var described = model.getAnnotation(ApiModel.class);
    if (described != null && !described.description().isEmpty()) {
      schema.addProperty("description", described.description());
    }
    schema.addProperty("type", "object");
    var properties = new JsonObject();
    for (Field field : model.getDeclaredFields()) {
      var serialized = field.getAnnotation(SerializedName.class);
      if (Modifier.isStatic(field.getModifiers()) || serialized == null) {
        continue;
      }
      properties.add(serialized.value(), property(model, field, serialized.value()));
    }
    if (properties.size() > 0) {
      schema.add("properties", properties);
    }
    var required = new JsonArray();
    ((Set<?>) model.getField("openapiRequiredFields").get(null))
        .stream().map(Object::toString).sorted().forEach(required::add);
    if (!required.isEmpty()) {
      schema.add("required", required);
    }
    merging.ofType(model.getSimpleName(), schema);
    return schema;
  }

  private JsonObject property(Class<?> model, Field field, String name) {
    JsonObject property = typed(field.getGenericType());
    String description = description(model, field);
    if (!description.isEmpty()) {
      if (property.has("$ref")) {
        // A sibling of $ref is ignored by JSON schema; Kubernetes wraps the reference.
        var all = new JsonArray();
        all.add(property);
        property = new JsonObject();
        property.add("allOf", all);
      }
      property.addProperty("description", description);
    }
    merging.ofField(model.getSimpleName(), name, property);
    return property;
  }

  private static String description(Class<?> model, Field field) {
    String wanted = field.getName().replace("_", "").replace("$", "").toLowerCase(Locale.ROOT);
    for (var method : model.getDeclaredMethods()) {
      var described = method.getAnnotation(ApiModelProperty.class);
      String name = method.getName().replace("_", "").replace("$", "").toLowerCase(Locale.ROOT);
      if (described != null && (name.equals("get" + wanted) || name.equals("is" + wanted))) {
        return described.value();
      }
    }
    return "";
  }

  private JsonObject typed(Type type) {
    var schema = new JsonObject();
    switch (type) {
      case ParameterizedType generic when generic.getRawType() == List.class -> {
        schema.addProperty("type", "array");
        schema.add("items", typed(generic.getActualTypeArguments()[0]));
      }
      case ParameterizedType generic when generic.getRawType() == Map.class -> {
        schema.addProperty("type", "object");
        schema.add("additionalProperties", typed(generic.getActualTypeArguments()[1]));
      }
      case Class<?> plain -> plain(schema, plain);
      default -> throw new IllegalArgumentException("no schema for " + type);
    }
    return schema;
  }

  private void plain(JsonObject schema, Class<?> type) {
    switch (type.getName()) {
      case "java.lang.String" -> schema.addProperty("type", "string");
      case "java.lang.Boolean" -> schema.addProperty("type", "boolean");
      case "java.lang.Integer" -> formatted(schema, "integer", "int32");
      case "java.lang.Long" -> formatted(schema, "integer", "int64");
      case "java.lang.Double" -> formatted(schema, "number", "double");
      case "[B" -> formatted(schema, "string", "byte");
      case "java.time.OffsetDateTime" -> formatted(schema, "string", "date-time");
      case "java.lang.Object" -> schema.addProperty("x-kubernetes-preserve-unknown-fields", true);
      default -> {
        if (!type.getName().startsWith(MODELS)) {
          throw new IllegalArgumentException("no schema for " + type);
        }
        schema.addProperty("$ref", "#/components/schemas/" + reference(type));
      }
    }
  }

  private static void formatted(JsonObject schema, String type, String format) {
    schema.addProperty("type", type);
    schema.addProperty("format", format);
  }
}
