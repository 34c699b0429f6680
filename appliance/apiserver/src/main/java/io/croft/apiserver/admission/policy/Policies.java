package io.croft.apiserver.admission.policy;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.apiserver.admission.StoredObjects;
import io.croft.apiserver.storage.ObjectStore;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The policies that are bound, as they stand, read anew whenever one of them or of their bindings
/// has been written. Thread-safe.
///
/// @param <T> a compiled policy
final class Policies<T> {
  private final StoredObjects objects;
  private final GroupVersionResource policies;
  private final GroupVersionResource bindings;
  private final Function<JsonNode, T> compiler;
  private volatile @Nullable Read<T> read;

  private record Read<T>(
      ObjectStore.Mark policies, ObjectStore.Mark bindings, List<Policy<T>> bound) {}

  /// @param policies the resource whose objects are the policies: `…policies`, bound by those of
  ///   `…policybindings`
  /// @param compiler makes a policy of its `spec`
  Policies(StoredObjects objects, GroupVersionResource policies, Function<JsonNode, T> compiler) {
    this.objects = objects;
    this.policies = policies;
    this.bindings =
        new GroupVersionResource(
            policies.group(),
            policies.version(),
            policies.resource().replaceFirst("ies$", "ybindings"));
    this.compiler = compiler;
  }

  /// By name.
  List<Policy<T>> current() {
    ObjectStore.Mark policiesNow = objects.mark(policies);
    ObjectStore.Mark bindingsNow = objects.mark(bindings);
    Read<T> known = read;
    if (known != null && known.policies.equals(policiesNow) && known.bindings.equals(bindingsNow)) {
      return known.bound;
    }
    List<Policy<T>> bound = bound();
    read = new Read<>(policiesNow, bindingsNow, bound);
    return bound;
  }

  private List<Policy<T>> bound() {
    Map<String, List<Policy.Binding>> byPolicy = new HashMap<>();
    for (ApiObject binding : objects.list(bindings, "")) {
      String policy = binding.json().path("spec").path("policyName").asText("");
      byPolicy.computeIfAbsent(policy, name -> new ArrayList<>()).add(Policy.Binding.of(binding));
    }
    var bound = new ArrayList<Policy<T>>();
    if (!byPolicy.isEmpty()) {
      for (ApiObject policy : objects.list(policies, "")) {
        List<Policy.Binding> bindingsOfPolicy = byPolicy.get(policy.name());
        if (bindingsOfPolicy != null) {
          bound.add(new Policy<>(policy, bindingsOfPolicy, compiler));
        }
      }
    }
    return List.copyOf(bound);
  }
}
