package io.croft.apiserver.builtin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.defaults.PodDefaults;
import io.croft.apiserver.rules.Pods;
import io.croft.apiserver.rules.QualityOfService;
import io.croft.model.ApiObject;
import io.croft.model.FieldError;
import java.util.List;

/// Pods: their quality of service follows from what they ask for; containers may be added to a pod
/// only to look into it, and what they get is changed through an endpoint of its own.
final class PodStrategy extends KindStrategy {
  private static final List<String> RESIZED = List.of("resources", "resizePolicy");

  PodStrategy() {
    defaults(PodDefaults::pod).rules(Pods::pod).updates(Pods::update).generations();
  }

  @Override
  public void prepareForCreate(ApiObject object) {
    super.prepareForCreate(object);
    object
        .json()
        .putObject("status")
        .put("phase", "Pending")
        .put("qosClass", QualityOfService.of(object.json().path("spec")));
  }

  /// Kubelets that do not know the quality of service leave it out.
  @Override
  public void prepareForStatusUpdate(ApiObject object, ApiObject old) {
    JsonNode quality = old.json().path("status").path("qosClass");
    if (quality.isTextual()
        && object.json().get("status") instanceof ObjectNode status
        && status.path("qosClass").asText("").isEmpty()) {
      status.set("qosClass", quality);
    }
  }

  @Override
  public List<FieldError> validateUpdate(String subresource, ApiObject object, ApiObject old) {
    return switch (subresource) {
      case "binding" -> changed(object, old, (now, then) -> {}); // it sets the node
      case "ephemeralcontainers" -> changed(object, old, Pods::addContainers);
      case "resize" -> changed(object, old, Pods::resize);
      case "status" -> changed(object, old, Pods::status);
      default -> validateUpdate(object, old);
    };
  }

  @Override
  public void confine(String subresource, ApiObject object, ApiObject old) {
    switch (subresource) {
      case "binding" -> {} // made by this server itself: it sets node and condition at once
      case "ephemeralcontainers" -> {
        JsonNode wanted = object.json().path("spec").path("ephemeralContainers");
        restore(object, old);
        if (wanted instanceof ArrayNode && object.json().get("spec") instanceof ObjectNode spec) {
          spec.set("ephemeralContainers", wanted);
        }
        setDefaults(object);
      }
      case "resize" -> {
        JsonNode wanted = object.json().path("spec");
        restore(object, old);
        if (object.json().get("spec") instanceof ObjectNode spec) {
          resize(spec, wanted, "containers");
          resize(spec, wanted, "initContainers");
        }
        setDefaults(object);
      }
      default -> super.confine(subresource, object, old);
    }
  }

  private static void restore(ApiObject object, ApiObject old) {
    object.json().removeAll();
    object.json().setAll(old.copy().json());
    object.metadata().remove("managedFields"); // written down at the end
  }

  /// Takes over what containers are to get. Containers that are not the same ones are left as they
  /// are wanted, so that they can be refused.
  private static void resize(ObjectNode spec, JsonNode wanted, String list) {
    if (!sameNames(spec.path(list), wanted.path(list))) {
      if (wanted.has(list)) {
        spec.set(list, wanted.get(list));
      } else {
        spec.remove(list);
      }
      return;
    }
    for (int i = 0; i < spec.path(list).size(); i++) {
      if (spec.path(list).get(i) instanceof ObjectNode container) {
        for (String field : RESIZED) {
          JsonNode value = wanted.path(list).get(i).get(field);
          if (value == null) {
            container.remove(field);
          } else {
            container.set(field, value);
          }
        }
      }
    }
  }

  private static boolean sameNames(JsonNode some, JsonNode others) {
    boolean same = some.size() == others.size();
    for (int i = 0; same && i < some.size(); i++) {
      same = some.path(i).path("name").equals(others.path(i).path("name"));
    }
    return same;
  }
}
