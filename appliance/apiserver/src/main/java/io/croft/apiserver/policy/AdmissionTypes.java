package io.croft.apiserver.policy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.cel.CelEnvironment;
import io.croft.apiserver.cel.DeclaredType;
import io.croft.apiserver.cel.RuleSchema;
import io.croft.model.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The variables of expressions about a request, and their types, as in kube-apiserver: objects are
/// what they are, the request and the namespace have known fields.
public final class AdmissionTypes {
  public static final String OBJECT = "object";
  public static final String OLD_OBJECT = "oldObject";
  public static final String REQUEST = "request";
  public static final String NAMESPACE = "namespaceObject";
  public static final String PARAMS = "params";
  public static final String AUTHORIZER = "authorizer";
  public static final String REQUEST_RESOURCE = "authorizer.requestResource";
  public static final String VARIABLES = "variables";

  /// Values of these are made with {@link io.croft.apiserver.cel.Values}.
  public static final RuleSchema REQUEST_SCHEMA =
      RuleSchema.of("kubernetes.AdmissionRequest", request());

  public static final RuleSchema NAMESPACE_SCHEMA =
      RuleSchema.of("kubernetes.Namespace", namespace());

  private AdmissionTypes() {}

  /// @param params whether there may be parameters
  public static CelEnvironment environment(boolean params) {
    var variables = new LinkedHashMap<String, DeclaredType>();
    variables.put(OBJECT, DeclaredType.DYN);
    variables.put(OLD_OBJECT, DeclaredType.DYN);
    variables.put(REQUEST, DeclaredType.of(REQUEST_SCHEMA));
    variables.put(NAMESPACE, DeclaredType.of(NAMESPACE_SCHEMA));
    variables.put(AUTHORIZER, DeclaredType.AUTHORIZER);
    variables.put(REQUEST_RESOURCE, DeclaredType.RESOURCE_CHECK);
    if (params) {
      variables.put(PARAMS, DeclaredType.DYN);
    }
    return CelEnvironment.of(variables);
  }

  /// With objects of known types.
  ///
  /// @param params null when there are no parameters
  static CelEnvironment environment(DeclaredType object, @Nullable DeclaredType params) {
    var typed = new LinkedHashMap<String, DeclaredType>();
    typed.put(OBJECT, object);
    typed.put(OLD_OBJECT, object);
    if (params != null) {
      typed.put(PARAMS, params);
    }
    return environment(params != null).with(typed);
  }

  private static ObjectNode text() {
    return Json.object().put("type", "string");
  }

  private static ObjectNode object(Map<String, ObjectNode> fields) {
    ObjectNode schema = Json.object().put("type", "object");
    ObjectNode properties = schema.putObject("properties");
    fields.forEach(properties::set);
    return schema;
  }

  private static ObjectNode texts(String... names) {
    var fields = new LinkedHashMap<String, ObjectNode>();
    List.of(names).forEach(name -> fields.put(name, text()));
    return object(fields);
  }

  private static ObjectNode list(ObjectNode items) {
    ObjectNode schema = Json.object().put("type", "array");
    schema.set("items", items);
    return schema;
  }

  private static ObjectNode map(ObjectNode values) {
    ObjectNode schema = Json.object().put("type", "object");
    schema.set("additionalProperties", values);
    return schema;
  }

  private static ObjectNode request() {
    ObjectNode kind = texts("group", "version", "kind");
    ObjectNode resource = texts("group", "version", "resource");
    ObjectNode user = texts("username", "uid");
    user.withObject("properties").set("groups", list(text()));
    user.withObject("properties").set("extra", map(list(text())));
    ObjectNode request =
        texts("subResource", "requestSubResource", "name", "namespace", "operation");
    ObjectNode fields = request.withObject("properties");
    fields.set("kind", kind);
    fields.set("resource", resource);
    fields.set("requestKind", kind);
    fields.set("requestResource", resource);
    fields.set("userInfo", user);
    fields.putObject("dryRun").put("type", "boolean");
    fields.putObject("options").put("x-kubernetes-int-or-string", true);
    return request;
  }

  private static ObjectNode namespace() {
    ObjectNode time = text().put("format", "date-time");
    ObjectNode metadata =
        texts("name", "generateName", "namespace", "UID", "uid", "resourceVersion");
    ObjectNode fields = metadata.withObject("properties");
    fields.set("labels", map(text()));
    fields.set("annotations", map(text()));
    fields.set("creationTimestamp", time);
    fields.set("deletionTimestamp", time);
    fields.putObject("generation").put("type", "integer");
    fields.putObject("deletionGracePeriodSeconds").put("type", "integer");
    fields.set("finalizers", list(text()));
    ObjectNode spec = object(Map.of("finalizers", list(text())));
    ObjectNode status = texts("phase");
    ObjectNode namespace = texts("apiVersion", "kind");
    namespace.withObject("properties").set("metadata", metadata);
    namespace.withObject("properties").set("spec", spec);
    namespace.withObject("properties").set("status", status);
    return namespace;
  }
}
