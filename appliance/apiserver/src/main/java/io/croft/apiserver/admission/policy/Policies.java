package io.croft.apiserver.admission.policy;

import io.croft.apiserver.admission.StoredObjects;
import io.croft.apiserver.storage.ObjectStore;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The policies that are bound, as they stand, read anew whenever one of them or of their bindings
/// has been written. Thread-safe.
final class Policies {
  private static final GroupVersionResource POLICIES =
      new GroupVersionResource("admissionregistration.k8s.io", "v1", "validatingadmissionpolicies");
  private static final GroupVersionResource BINDINGS =
      new GroupVersionResource(
          "admissionregistration.k8s.io", "v1", "validatingadmissionpolicybindings");

  private final StoredObjects objects;
  private volatile @Nullable Read read;

  private record Read(ObjectStore.Mark policies, ObjectStore.Mark bindings, List<Policy> bound) {}

  Policies(StoredObjects objects) {
    this.objects = objects;
  }

  /// By name.
  List<Policy> current() {
    ObjectStore.Mark policies = objects.mark(POLICIES);
    ObjectStore.Mark bindings = objects.mark(BINDINGS);
    Read known = read;
    if (known != null && known.policies.equals(policies) && known.bindings.equals(bindings)) {
      return known.bound;
    }
    List<Policy> bound = bound();
    read = new Read(policies, bindings, bound);
    return bound;
  }

  private List<Policy> bound() {
    Map<String, List<Policy.Binding>> byPolicy = new HashMap<>();
    for (ApiObject binding : objects.list(BINDINGS, "")) {
      String policy = binding.json().path("spec").path("policyName").asText("");
      byPolicy.computeIfAbsent(policy, name -> new ArrayList<>()).add(Policy.Binding.of(binding));
    }
    var bound = new ArrayList<Policy>();
    if (!byPolicy.isEmpty()) {
      for (ApiObject policy : objects.list(POLICIES, "")) {
        List<Policy.Binding> bindings = byPolicy.get(policy.name());
        if (bindings != null) {
          bound.add(new Policy(policy, bindings));
        }
      }
    }
    return List.copyOf(bound);
  }
}
