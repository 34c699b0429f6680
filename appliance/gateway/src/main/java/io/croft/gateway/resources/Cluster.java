package io.croft.gateway.resources;

import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/// The objects that routes are made of, as they are now. What it returns must not be changed.
public interface Cluster {
  /// Of several that claim the same, the oldest has it, else the first by name: so the Gateway API
  /// wants it.
  Comparator<ApiObject> BY_AGE =
      Comparator.comparing(
              (ApiObject o) -> Objects.requireNonNullElse(o.creationTimestamp(), Instant.MAX))
          .thenComparing(o -> o.namespace() + "/" + o.name());

  List<ApiObject> list(GroupVersionResource resource);

  /// @param namespace empty for cluster-scoped objects
  Optional<ApiObject> get(GroupVersionResource resource, String namespace, String name);

  /// The slices of a service's endpoints.
  List<ApiObject> slices(String namespace, String service);
}
