package io.croft.apiserver.rules;

import io.croft.model.Names;
import java.util.List;
import java.util.Set;

/// Amounts of resources, by the resources' names.
final class ResourceAmounts {
  private static final Set<String> OF_CONTAINERS = Set.of("cpu", "memory", "ephemeral-storage");
  private static final Set<String> STANDARD =
      Set.of(
          "cpu",
          "memory",
          "ephemeral-storage",
          "storage",
          "pods",
          "services",
          "replicationcontrollers",
          "resourcequotas",
          "secrets",
          "configmaps",
          "persistentvolumeclaims",
          "services.nodeports",
          "services.loadbalancers",
          "requests.cpu",
          "requests.memory",
          "requests.storage",
          "requests.ephemeral-storage",
          "limits.cpu",
          "limits.memory",
          "limits.ephemeral-storage");

  private ResourceAmounts() {}

  /// What a container asks for and may take.
  static void ofContainer(Field resources) {
    for (String part : List.of("limits", "requests")) {
      for (Field amount : resources.at(part).values()) {
        containerName(resources.at(part), nameOf(amount, resources.at(part)));
        amount.nonNegativeAmount();
      }
    }
    Field limits = resources.at("limits");
    for (var request : resources.at("requests").node().properties()) {
      Field limit = limits.key(request.getKey());
      Field asked = resources.at("requests").key(request.getKey());
      if (limit.present() && asked.amount().compareTo(limit.amount()) > 0) {
        resources
            .at("requests")
            .invalid(
                asked.node(),
                "must be less than or equal to " + request.getKey() + " limit of " + limit.text());
      }
    }
  }

  private static String nameOf(Field value, Field map) {
    String path = value.path();
    return path.substring(map.path().length() + 1, path.length() - 1);
  }

  private static void containerName(Field map, String name) {
    Field field = map.key(name);
    Names.qualifiedName(name).forEach(e -> field.invalid(name, e));
    if (!name.contains("/") && !OF_CONTAINERS.contains(name) && !isHugePages(name)) {
      field.invalid(name, "must be a standard resource for containers");
    }
  }

  private static boolean isHugePages(String name) {
    return name.startsWith("hugepages-");
  }

  /// Amounts whose names are standard ones or belong to a domain.
  static void ofObject(Field amounts) {
    for (var entry : amounts.node().properties()) {
      String name = entry.getKey();
      Field amount = amounts.key(name);
      Names.qualifiedName(name).forEach(e -> amount.invalid(name, e));
      boolean standard =
          name.contains("/") || STANDARD.contains(name) || name.contains("hugepages-");
      if (!standard && !name.startsWith("count")) {
        amount.invalid(name, "must be a standard resource type or fully qualified");
      }
      amount.nonNegativeAmount();
    }
  }
}
