package io.croft.apiserver.discovery;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.resource.ResourceType;
import java.util.List;

/// The operations of one resource in an OpenAPI document.
///
/// @param target the document's paths, which are added to
/// @param reference where the resource's schema is
record Paths(ObjectNode target, ResourceType type, String reference) {
  /// An operation on objects or collections: method, Kubernetes' action, verb that must be offered.
  private record Operation(String method, String action, String verb) {}

  private static final List<Operation> ON_COLLECTION =
      List.of(
          new Operation("get", "list", "list"),
          new Operation("post", "post", "create"),
          new Operation("delete", "deletecollection", "deletecollection"));

  private static final List<Operation> ON_OBJECT =
      List.of(
          new Operation("get", "get", "get"),
          new Operation("put", "put", "update"),
          new Operation("patch", "patch", "patch"),
          new Operation("delete", "delete", "delete"));

  void add() {
    String root =
        type.gvr().group().isEmpty()
            ? "/api/" + type.gvr().version()
            : "/apis/" + type.gvr().apiVersion();
    String plural = type.gvr().resource();
    String base =
        type.namespaced() ? root + "/namespaces/{namespace}/" + plural : root + "/" + plural;
    path(base, ON_COLLECTION, type.namespaced(), false);
    path(base + "/{name}", ON_OBJECT, type.namespaced(), true);
    if (type.namespaced() && type.verbs().contains("list")) {
      path(root + "/" + plural, ON_COLLECTION.subList(0, 1), false, false);
    }
    for (String part : List.of("status", "approval", "ephemeralcontainers", "resize")) {
      if (type.has(part)) {
        path(base + "/{name}/" + part, ON_OBJECT.subList(0, 3), type.namespaced(), true);
      }
    }
  }

  private void path(String path, List<Operation> operations, boolean namespace, boolean name) {
    ObjectNode item = target.objectNode();
    for (Operation operation : operations) {
      if (type.verbs().contains(operation.verb())) {
        operation(item.putObject(operation.method()), operation);
      }
    }
    if (item.isEmpty()) {
      return;
    }
    ArrayNode parameters = item.putArray("parameters");
    if (name) {
      inPath(parameters, "name");
    }
    if (namespace) {
      inPath(parameters, "namespace");
    }
    target.set(path, item);
  }

  private static void inPath(ArrayNode parameters, String name) {
    parameters
        .addObject()
        .put("name", name)
        .put("in", "path")
        .put("required", true)
        .putObject("schema")
        .put("type", "string");
  }

  private void operation(ObjectNode json, Operation operation) {
    ArrayNode parameters = json.putArray("parameters");
    if (List.of("post", "put", "patch").contains(operation.method())) {
      inQuery(parameters, "dryRun");
      inQuery(parameters, "fieldManager");
      inQuery(parameters, "fieldValidation");
    }
    if (operation.method().equals("patch")) {
      inQuery(parameters, "force");
    }
    ObjectNode ok = json.putObject("responses").putObject("200").put("description", "OK");
    boolean list = operation.action().equals("list");
    ok.putObject("content")
        .putObject("application/json")
        .putObject("schema")
        .put("$ref", list ? reference + "List" : reference);
    json.put("x-kubernetes-action", operation.action());
    json.set("x-kubernetes-group-version-kind", OpenApi.gvk(type.gvk()));
  }

  private static void inQuery(ArrayNode parameters, String name) {
    parameters
        .addObject()
        .put("name", name)
        .put("in", "query")
        .putObject("schema")
        .put("type", "string");
  }
}
