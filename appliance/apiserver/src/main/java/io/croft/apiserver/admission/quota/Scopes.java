package io.croft.apiserver.admission.quota;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.apiserver.resource.ResourceType;
import io.croft.model.ApiObject;
import java.util.ArrayList;
import java.util.List;

/// Which objects a quota counts: all, or of the pods only some.
final class Scopes {
  private Scopes() {}

  static boolean match(ApiObject quota, ResourceType type, ApiObject object) {
    JsonNode spec = quota.json().path("spec");
    List<JsonNode> expressions = new ArrayList<>();
    spec.path("scopeSelector").path("matchExpressions").forEach(expressions::add);
    if (spec.path("scopes").isEmpty() && expressions.isEmpty()) {
      return true;
    }
    if (!type.gvr().group().isEmpty() || !type.gvr().resource().equals("pods")) {
      return false;
    }
    for (JsonNode scope : spec.path("scopes")) {
      if (!matches(scope.asText(), object)) {
        return false;
      }
    }
    return expressions.stream().allMatch(e -> matches(e, object));
  }

  private static boolean matches(JsonNode expression, ApiObject pod) {
    String scope = expression.path("scopeName").asText("");
    if (!scope.equals("PriorityClass")) {
      return matches(scope, pod);
    }
    String priorityClass = pod.json().path("spec").path("priorityClassName").asText("");
    boolean listed = false;
    for (JsonNode value : expression.path("values")) {
      listed |= value.asText().equals(priorityClass);
    }
    return switch (expression.path("operator").asText("")) {
      case "In" -> listed;
      case "NotIn" -> !listed;
      case "Exists" -> !priorityClass.isEmpty();
      case "DoesNotExist" -> priorityClass.isEmpty();
      default -> false;
    };
  }

  private static boolean matches(String scope, ApiObject pod) {
    JsonNode spec = pod.json().path("spec");
    boolean ends = spec.path("activeDeadlineSeconds").isNumber();
    return switch (scope) {
      case "Terminating" -> ends;
      case "NotTerminating" -> !ends;
      case "BestEffort" -> bestEffort(spec);
      case "NotBestEffort" -> !bestEffort(spec);
      case "PriorityClass" -> !spec.path("priorityClassName").asText("").isEmpty();
      default -> false;
    };
  }

  /// Whether none of its containers asks for anything.
  private static boolean bestEffort(JsonNode spec) {
    return PodResources.of(spec, "requests").isEmpty() && PodResources.of(spec, "limits").isEmpty();
  }
}
