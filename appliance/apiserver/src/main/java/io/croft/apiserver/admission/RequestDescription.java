package io.croft.apiserver.admission;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.registry.AdmissionRequest;
import io.croft.apiserver.resource.ResourceType;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionKind;
import io.croft.model.GroupVersionResource;
import io.croft.model.Json;
import io.croft.security.UserInfo;
import org.jspecify.annotations.Nullable;

/// A request in the words of `admission.k8s.io/v1`: what webhooks are told, and what expressions
/// see as `request`.
public final class RequestDescription {
  private RequestDescription() {}

  /// Everything but the objects.
  ///
  /// @param as the version of the resource that the request is judged in
  public static ObjectNode of(AdmissionRequest request, ResourceType as) {
    ObjectNode asked = Json.object();
    ResourceType type = request.type();
    ApiObject subject = request.subject();
    boolean own = isOwn(subject, type);
    kind(asked.putObject("kind"), own ? as.gvk() : subject.gvk());
    resource(asked.putObject("resource"), as.gvr());
    kind(asked.putObject("requestKind"), own ? type.gvk() : subject.gvk());
    resource(asked.putObject("requestResource"), type.gvr());
    if (!request.subresource().isEmpty()) {
      asked.put("subResource", request.subresource());
      asked.put("requestSubResource", request.subresource());
    }
    asked.put("name", subject.name());
    if (type.namespaced()) {
      asked.put("namespace", subject.namespace());
    }
    asked.put("operation", request.operation().name());
    user(asked.putObject("userInfo"), request.user());
    asked.put("dryRun", request.dryRun());
    asked.set("options", options(request));
    return asked;
  }

  /// An object of the request in another version of its resource; a copy.
  public static @Nullable ObjectNode converted(
      @Nullable ApiObject object, ResourceType from, ResourceType to) {
    if (object == null) {
      return null;
    }
    ObjectNode copy = object.json().deepCopy();
    return isOwn(object, from) ? convert(copy, from, to) : copy;
  }

  /// Whether an object is of the resource's kind, and not what a subresource takes, as a `Scale`.
  private static boolean isOwn(ApiObject object, ResourceType type) {
    return object.apiVersion().equals(type.gvr().apiVersion()) && object.kind().equals(type.kind());
  }

  public static ObjectNode convert(ObjectNode object, ResourceType from, ResourceType to) {
    return from.gvr().equals(to.gvr())
        ? object
        : to.conversion().fromStorage(from.conversion().toStorage(object));
  }

  private static ObjectNode options(AdmissionRequest request) {
    String kind =
        switch (request.operation()) {
          case CREATE -> "CreateOptions";
          case UPDATE -> "UpdateOptions";
          case DELETE -> "DeleteOptions";
        };
    ObjectNode options = Json.object().put("kind", kind).put("apiVersion", "meta.k8s.io/v1");
    if (request.dryRun()) {
      options.putArray("dryRun").add("All");
    }
    return options;
  }

  private static void kind(ObjectNode json, GroupVersionKind gvk) {
    json.put("group", gvk.group()).put("version", gvk.version()).put("kind", gvk.kind());
  }

  private static void resource(ObjectNode json, GroupVersionResource gvr) {
    json.put("group", gvr.group()).put("version", gvr.version()).put("resource", gvr.resource());
  }

  private static void user(ObjectNode json, UserInfo user) {
    json.put("username", user.name());
    if (!user.uid().isEmpty()) {
      json.put("uid", user.uid());
    }
    ArrayNode groups = json.putArray("groups");
    user.groups().forEach(groups::add);
    if (!user.extra().isEmpty()) {
      ObjectNode extra = json.putObject("extra");
      user.extra().forEach((key, values) -> values.forEach(extra.putArray(key)::add));
    }
  }
}
