import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.annotations.SerializedName;
import io.swagger.annotations.ApiModel;
import io.swagger.annotations.ApiModelProperty;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Writes the OpenAPI schemas of the built-in kinds and the protobuf numbers of their fields, read
/// off the typed models of the official Java client, as one `NAME.json` per definition: `{"schema":
/// …, "protobuf": …, "zeros": …}`. Runs while the module is built; nothing of the models is in the
/// product.
public final class BuiltinSchemas {
  private static final String MODELS = "io.kubernetes.client.openapi.models.";

  /// A group and version, the package name of its definitions, and the model classes of its kinds.
  private record Group(String name, String version, String definitions, List<String> kinds) {
    Group(String name, String definitions, String... kinds) {
      this(name, "v1", definitions, List.of(kinds));
    }
  }

  /// The core group comes first, so that the types that others share with it are named after it.
  private static final List<Group> GROUPS =
      List.of(
          new Group(
              "",
              "io.k8s.api.core.v1",
              "V1Namespace",
              "V1ConfigMap",
              "V1Secret",
              "V1ServiceAccount",
              "CoreV1Event",
              "V1Pod",
              "V1PodTemplate",
              "V1ReplicationController",
              "V1Service",
              "V1Endpoints",
              "V1Node",
              "V1PersistentVolume",
              "V1PersistentVolumeClaim",
              "V1ResourceQuota",
              "V1LimitRange",
              "V1Binding",
              "V1ComponentStatus"),
          new Group("events.k8s.io", "io.k8s.api.events.v1", "EventsV1Event"),
          new Group("coordination.k8s.io", "io.k8s.api.coordination.v1", "V1Lease"),
          new Group(
              "apps",
              "io.k8s.api.apps.v1",
              "V1Deployment",
              "V1ReplicaSet",
              "V1StatefulSet",
              "V1DaemonSet",
              "V1ControllerRevision"),
          new Group("batch", "io.k8s.api.batch.v1", "V1Job", "V1CronJob"),
          new Group(
              "autoscaling", "io.k8s.api.autoscaling.v1", "V1HorizontalPodAutoscaler", "V1Scale"),
          new Group(
              "autoscaling",
              "v2",
              "io.k8s.api.autoscaling.v2",
              List.of("V2HorizontalPodAutoscaler")),
          new Group(
              "networking.k8s.io",
              "io.k8s.api.networking.v1",
              "V1Ingress",
              "V1IngressClass",
              "V1NetworkPolicy",
              "V1IPAddress",
              "V1ServiceCIDR"),
          new Group("policy", "io.k8s.api.policy.v1", "V1PodDisruptionBudget", "V1Eviction"),
          new Group(
              "storage.k8s.io",
              "io.k8s.api.storage.v1",
              "V1StorageClass",
              "V1CSIDriver",
              "V1CSINode",
              "V1CSIStorageCapacity",
              "V1VolumeAttachment",
              "V1VolumeAttributesClass"),
          new Group("scheduling.k8s.io", "io.k8s.api.scheduling.v1", "V1PriorityClass"),
          new Group("discovery.k8s.io", "io.k8s.api.discovery.v1", "V1EndpointSlice"),
          new Group(
              "certificates.k8s.io", "io.k8s.api.certificates.v1", "V1CertificateSigningRequest"),
          new Group(
              "admissionregistration.k8s.io",
              "io.k8s.api.admissionregistration.v1",
              "V1ValidatingWebhookConfiguration",
              "V1MutatingWebhookConfiguration",
              "V1ValidatingAdmissionPolicy",
              "V1ValidatingAdmissionPolicyBinding"),
          new Group(
              "admissionregistration.k8s.io",
              "v1beta1",
              "io.k8s.api.admissionregistration.v1beta1",
              List.of("V1beta1MutatingAdmissionPolicy", "V1beta1MutatingAdmissionPolicyBinding")),
          new Group(
              "admissionregistration.k8s.io",
              "v1alpha1",
              "io.k8s.api.admissionregistration.v1alpha1",
              List.of("V1alpha1MutatingAdmissionPolicy", "V1alpha1MutatingAdmissionPolicyBinding")),
          new Group("node.k8s.io", "io.k8s.api.node.v1", "V1RuntimeClass"),
          new Group(
              "flowcontrol.apiserver.k8s.io",
              "io.k8s.api.flowcontrol.v1",
              "V1FlowSchema",
              "V1PriorityLevelConfiguration"),
          new Group(
              "apiregistration.k8s.io",
              "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1",
              "V1APIService"),
          new Group(
              "rbac.authorization.k8s.io",
              "io.k8s.api.rbac.v1",
              "V1Role",
              "V1RoleBinding",
              "V1ClusterRole",
              "V1ClusterRoleBinding"),
          new Group(
              "apiextensions.k8s.io",
              "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1",
              "V1CustomResourceDefinition"),
          new Group("meta.k8s.io", "io.k8s.apimachinery.pkg.apis.meta.v1", "V1DeleteOptions"),
          new Group(
              "authentication.k8s.io",
              "io.k8s.api.authentication.v1",
              "V1SelfSubjectReview",
              "V1TokenReview",
              "AuthenticationV1TokenRequest"),
          new Group(
              "authorization.k8s.io",
              "io.k8s.api.authorization.v1",
              "V1SelfSubjectAccessReview",
              "V1SubjectAccessReview",
              "V1LocalSubjectAccessReview",
              "V1SelfSubjectRulesReview"));

  /// Types of the core group that only other groups use.
  private static final Set<String> CORE =
      Set.of("V1TopologySelectorTerm", "V1TopologySelectorLabelRequirement");

  private static final String QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity";
  private static final String INT_OR_STRING = "io.k8s.apimachinery.pkg.util.intstr.IntOrString";

  private static final Set<String> META =
      Set.of(
          "V1ObjectMeta",
          "V1ListMeta",
          "V1OwnerReference",
          "V1ManagedFieldsEntry",
          "V1LabelSelector",
          "V1LabelSelectorRequirement",
          "V1FieldSelectorRequirement",
          "V1Condition",
          "V1Status",
          "V1StatusDetails",
          "V1StatusCause",
          "V1DeleteOptions",
          "V1Preconditions");

  /// The files beside this one that say what the models do not.
  private final Path tables;

  private final MergeRules merging;

  private final Map<Class<?>, String> names = new LinkedHashMap<>();
  private final Deque<Class<?>> waiting = new ArrayDeque<>();
  private final Map<String, JsonObject> definitions = new TreeMap<>();
  private String definitionsOfGroup = "";

  private BuiltinSchemas(Path tables) throws IOException {
    this.tables = tables;
    this.merging = new MergeRules(tables.resolve("merge-rules.txt"), MODELS);
  }

  /// Reads lines of a key and what stands behind its first space.
  private Map<String, String> table(String file) throws IOException {
    Map<String, String> table = new LinkedHashMap<>();
    for (String line : Files.readAllLines(tables.resolve(file))) {
      if (!line.isBlank() && !line.startsWith("#")) {
        int space = line.indexOf(' ');
        table.put(line.substring(0, space), line.substring(space + 1).strip());
      }
    }
    return table;
  }

  /// @param args where the tables are; where the definitions go
  public static void main(String[] args) throws Exception {
    var schemas = new BuiltinSchemas(Path.of(args[0]));
    for (Group group : GROUPS) {
      schemas.add(group);
    }
    var numbers = new ProtobufNumbers(schemas.table("protobuf.txt"), schemas.definitions);
    Map<String, String> zeros = schemas.table("zeros.txt");
    Path directory = Files.createDirectories(Path.of(args[1]).resolve("definitions"));
    for (var definition : schemas.definitions.entrySet()) {
      var file = new JsonObject();
      file.add("schema", definition.getValue());
      JsonObject fields = numbers.of(definition.getKey());
      if (fields.size() > 0) {
        file.add("protobuf", fields);
      }
      if (zeros.containsKey(definition.getKey())) {
        var names = new JsonArray();
        for (String name : zeros.get(definition.getKey()).split(" ")) {
          names.add(name);
        }
        file.add("zeros", names);
      }
      Files.writeString(directory.resolve(definition.getKey() + ".json"), new Gson().toJson(file));
    }
  }

  private void add(Group group) throws Exception {
    definitionsOfGroup = group.definitions();
    for (String kind : group.kinds()) {
      Class<?> model = Class.forName(MODELS + kind);
      String name = reference(model);
      drain();
      definitions.get(name).add("x-kubernetes-group-version-kind", gvk(group, bare(kind)));
      Class<?> list = listModel(kind);
      if (list != null) {
        String listName = reference(list);
        drain();
        definitions
            .get(listName)
            .add("x-kubernetes-group-version-kind", gvk(group, bare(kind) + "List"));
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

  private static JsonArray gvk(Group group, String kind) {
    var gvk = new JsonObject();
    gvk.addProperty("group", group.name());
    gvk.addProperty("version", group.version());
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
              META.contains(simple)
                  ? "io.k8s.apimachinery.pkg.apis.meta.v1"
                  : CORE.contains(simple) ? "io.k8s.api.core.v1" : definitionsOfGroup;
          return owner + "." + bare(simple);
        });
  }

  private static String bare(String modelName) {
    return modelName.replaceFirst("^([A-Z][a-z]+)?V[12]((alpha|beta)[1-9])?(?=[A-Z])", "");
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
      case "io.kubernetes.client.custom.Quantity" -> scalar(schema, QUANTITY);
      case "io.kubernetes.client.custom.IntOrString" -> scalar(schema, INT_OR_STRING);
      default -> {
        if (!type.getName().startsWith(MODELS)) {
          throw new IllegalArgumentException("no schema for " + type);
        }
        schema.addProperty("$ref", "#/components/schemas/" + reference(type));
      }
    }
  }

  /// A type of its own that is a single value in JSON.
  private void scalar(JsonObject schema, String name) {
    var scalar = new JsonObject();
    boolean quantity = name.equals(QUANTITY);
    scalar.addProperty(
        "description",
        quantity
            ? "An amount such as 500m, 2 or 1Gi: a number, with a decimal or a binary suffix."
            : "Either an integer or a text.");
    formatted(scalar, "string", quantity ? "quantity" : "int-or-string");
    definitions.put(name, scalar);
    schema.addProperty("$ref", "#/components/schemas/" + name);
  }

  private static void formatted(JsonObject schema, String type, String format) {
    schema.addProperty("type", type);
    schema.addProperty("format", format);
  }
}
