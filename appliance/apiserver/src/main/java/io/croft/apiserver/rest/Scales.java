package io.croft.apiserver.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.registry.Mutation;
import io.croft.apiserver.registry.Registry;
import io.croft.apiserver.registry.WriteOptions;
import io.croft.apiserver.resource.ResourceType;
import io.croft.apiserver.resource.ScalePaths;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.model.ApiObject;
import io.croft.model.FieldError;
import io.croft.model.GroupVersionKind;
import io.croft.model.Json;
import io.croft.model.LabelSelector;
import io.croft.model.Statuses;
import io.croft.model.patch.PatchSchema;
import io.croft.security.RequestInfo;
import java.util.ArrayList;
import java.util.List;

/// The `scale` of an object: how many of it are wanted and there are, whatever its kind calls that.
final class Scales {
  private static final GroupVersionKind KIND = new GroupVersionKind("autoscaling", "v1", "Scale");
  private static final String DEFINITION = "io.k8s.api.autoscaling.v1.Scale";

  private final Registry registry;
  private final Bodies bodies;

  Scales(Registry registry, Bodies bodies) {
    this.registry = registry;
    this.bodies = bodies;
  }

  Subresource subresource() {
    return new Subresource("scale", KIND, List.of("get", "patch", "update"), this::handle);
  }

  private HttpResponse handle(Call call) {
    ResourceType type = call.type();
    HttpRequest request = call.request();
    RequestInfo info = call.info();
    WriteOptions options = call.writeOptions();
    return switch (info.verb()) {
      case "get" -> answer(type, registry.get(type, info.namespace(), info.name()));
      case "update" -> {
        ObjectNode wanted = bodies.object(request, DEFINITION);
        yield write(type, info, current -> wanted.deepCopy(), options);
      }
      case "patch" -> write(type, info, Patches.read(PatchSchema.NONE, request), options);
      default -> throw Statuses.methodNotAllowed();
    };
  }

  private HttpResponse write(
      ResourceType type, RequestInfo info, Mutation change, WriteOptions options) {
    Mutation scaling =
        current -> {
          ApiObject object = ApiObject.of(current);
          ApiObject old = ApiObject.of(scale(type, object));
          ApiObject wanted = ApiObject.of(change.apply(old.copy().json()));
          ObjectNode scaled = scaled(type, object, wanted.json());
          wanted.setType(KIND).setName(old.name()).setNamespace(old.namespace());
          registry.admit(type, "scale", wanted, old, options);
          return scaled;
        };
    var updated = registry.update(type, info.namespace(), info.name(), "", scaling, false, options);
    return answer(type, updated.object());
  }

  private static HttpResponse answer(ResourceType type, ApiObject object) {
    return Responses.json(200, scale(type, object));
  }

  private static ScalePaths paths(ResourceType type) {
    ScalePaths paths = type.strategy().scale();
    if (paths == null) {
      throw Statuses.noSuchResource();
    }
    return paths;
  }

  private static ObjectNode scale(ResourceType type, ApiObject object) {
    ScalePaths paths = paths(type);
    ObjectNode scale = Json.object().put("kind", KIND.kind()).put("apiVersion", KIND.apiVersion());
    ObjectNode metadata = scale.putObject("metadata");
    for (String field :
        List.of("name", "namespace", "uid", "resourceVersion", "creationTimestamp")) {
      JsonNode value = object.metadata().get(field);
      if (value != null) {
        metadata.set(field, value);
      }
    }
    ObjectNode spec = scale.putObject("spec");
    long wanted = at(object, paths.wanted()).asLong(0);
    if (wanted != 0) {
      spec.set("replicas", Json.number(wanted));
    }
    ObjectNode status = scale.putObject("status");
    status.set("replicas", Json.number(at(object, paths.actual()).asLong(0)));
    String selector = selector(at(object, paths.selector()));
    if (!selector.isEmpty()) {
      status.put("selector", selector);
    }
    return scale;
  }

  private static JsonNode at(ApiObject object, String path) {
    JsonNode node = object.json();
    for (String step : path.split("\\.")) {
      node = node.path(step);
    }
    return node;
  }

  private static String selector(JsonNode selector) {
    if (selector.isTextual()) {
      return selector.asText();
    }
    if (selector.has("matchLabels") || selector.has("matchExpressions")) {
      return LabelSelector.fromJson(selector).toString();
    }
    var labels = new ArrayList<String>();
    selector.properties().forEach(l -> labels.add(l.getKey() + "=" + l.getValue().asText()));
    labels.sort(null);
    return String.join(",", labels);
  }

  /// The object with as many wanted as its scale says.
  private static ObjectNode scaled(ResourceType type, ApiObject object, ObjectNode scale) {
    ApiObject wanted = ApiObject.of(scale);
    if (!wanted.apiVersion().isEmpty()
        && !wanted.kind().isEmpty()
        && !(wanted.apiVersion().equals(KIND.apiVersion()) && wanted.kind().equals(KIND.kind()))) {
      throw Statuses.badRequest(
          "the body must be a Scale of " + KIND.apiVersion() + ", not " + wanted.kind());
    }
    if (!wanted.name().isEmpty() && !wanted.name().equals(object.name())) {
      throw Statuses.badRequest(
          "the name of the object ("
              + wanted.name()
              + ") does not match the name on the URL ("
              + object.name()
              + ")");
    }
    JsonNode replicas = scale.path("spec").path("replicas");
    boolean absent = replicas.isMissingNode() || replicas.isNull();
    if (!absent && !(replicas.isIntegralNumber() && replicas.canConvertToInt())) {
      throw Statuses.badRequest("Scale: spec.replicas must be a number of 32 bits");
    }
    if (replicas.asLong(0) < 0) {
      throw Statuses.invalid(
          KIND,
          object.name(),
          List.of(
              FieldError.invalid(
                  "spec.replicas", replicas.asLong(), "must be greater than or equal to 0")));
    }
    if (!wanted.resourceVersion().isEmpty()) {
      object.setResourceVersion(wanted.resourceVersion());
    }
    set(object.json(), paths(type).wanted(), Json.number(replicas.asLong(0)));
    return object.json();
  }

  private static void set(ObjectNode object, String path, JsonNode value) {
    ObjectNode parent = object;
    String[] steps = path.split("\\.");
    for (int i = 0; i < steps.length - 1; i++) {
      parent =
          parent.get(steps[i]) instanceof ObjectNode there ? there : parent.putObject(steps[i]);
    }
    parent.set(steps[steps.length - 1], value);
  }
}
