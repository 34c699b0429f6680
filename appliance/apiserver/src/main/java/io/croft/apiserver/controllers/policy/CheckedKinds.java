package io.croft.apiserver.controllers.policy;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.apiserver.policy.TypeChecks;
import io.croft.apiserver.resource.ResourceCatalog;
import io.croft.apiserver.resource.ResourceType;
import io.croft.model.GroupVersionKind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;

/// The kinds that the rules of a policy name; those that they leave open with a `*` are not looked
/// for, nor are subresources.
final class CheckedKinds {
  private static final int MOST = 10;

  private CheckedKinds() {}

  /// By group, version and kind; at most ten.
  static List<TypeChecks.Kind> of(
      JsonNode spec, ResourceCatalog.Snapshot served, PublishedSchemas schemas) {
    var found =
        new TreeMap<GroupVersionKind, ResourceType>(
            Comparator.comparing(GroupVersionKind::group)
                .thenComparing(GroupVersionKind::version)
                .thenComparing(GroupVersionKind::kind));
    for (JsonNode rule : spec.path("matchConstraints").path("resourceRules")) {
      for (String group : plain(rule.path("apiGroups"))) {
        for (String version : plain(rule.path("apiVersions"))) {
          for (String resource : resources(rule.path("resources"))) {
            if (found.size() < MOST) {
              served.find(group, version, resource).ifPresent(type -> found.put(type.gvk(), type));
            }
          }
        }
      }
    }
    return found.entrySet().stream()
        .map(kind ->
            new TypeChecks.Kind(kind.getKey(), schemas.of(kind.getKey().kind(), kind.getValue())))
        .toList();
  }

  /// None when one of them may be anything.
  private static List<String> plain(JsonNode texts) {
    List<String> all = sorted(texts);
    return all.stream().anyMatch(text -> text.contains("*")) ? List.of() : all;
  }

  private static List<String> resources(JsonNode texts) {
    return sorted(texts).stream()
        .filter(text -> !text.contains("*") && !text.contains("/"))
        .toList();
  }

  private static List<String> sorted(JsonNode texts) {
    var all = new ArrayList<String>();
    texts.forEach(text -> all.add(text.asText("")));
    all.sort(null);
    return all;
  }
}
