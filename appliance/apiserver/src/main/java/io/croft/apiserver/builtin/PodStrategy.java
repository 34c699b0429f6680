package io.croft.apiserver.builtin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.defaults.PodDefaults;
import io.croft.apiserver.rules.Pods;
import io.croft.model.ApiObject;
import java.util.Set;

/// Pods: their quality of service follows from what they ask for, and containers may be added to a
/// pod only to look into it.
final class PodStrategy extends KindStrategy {
  private static final Set<String> COUNTED = Set.of("cpu", "memory");

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
        .put("qosClass", qualityOfService(object.json().path("spec")));
    NotRun.pod(object);
  }

  @Override
  public void prepareForUpdate(ApiObject object, ApiObject old) {
    super.prepareForUpdate(object, old);
    Pods.checkPlace(object, old);
  }

  @Override
  public void confine(String subresource, ApiObject object, ApiObject old) {
    switch (subresource) {
      case "binding" -> {} // made by this server itself: it sets node and condition at once
      case "ephemeralcontainers" -> addToLookInto(object, old);
      default -> super.confine(subresource, object, old);
    }
  }

  private void addToLookInto(ApiObject object, ApiObject old) {
    JsonNode wanted = object.json().path("spec").path("ephemeralContainers");
    object.json().removeAll();
    object.json().setAll(old.copy().json());
    if (wanted instanceof ArrayNode containers
        && object.json().get("spec") instanceof ObjectNode spec) {
      spec.set("ephemeralContainers", containers);
    }
    prepareForUpdate(object, old);
  }

  /// `Guaranteed` when all is limited and asked for alike, `BestEffort` when nothing is, else
  /// `Burstable`.
  static String qualityOfService(JsonNode spec) {
    boolean any = false;
    boolean all = true;
    for (String list : new String[] {"initContainers", "containers"}) {
      for (JsonNode container : spec.path(list)) {
        JsonNode limits = container.path("resources").path("limits");
        JsonNode requests = container.path("resources").path("requests");
        for (String resource : COUNTED) {
          any |= limits.has(resource) || requests.has(resource);
          all &= limits.has(resource) && limits.path(resource).equals(requests.path(resource));
        }
      }
    }
    return any ? all ? "Guaranteed" : "Burstable" : "BestEffort";
  }
}
