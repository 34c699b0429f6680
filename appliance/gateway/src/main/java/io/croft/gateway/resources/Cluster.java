package io.croft.gateway.resources;

import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import java.util.List;
import java.util.Optional;

/// The objects that routes are made of, as they are now. What it returns must not be changed.
public interface Cluster {
  List<ApiObject> list(GroupVersionResource resource);

  /// @param namespace empty for cluster-scoped objects
  Optional<ApiObject> get(GroupVersionResource resource, String namespace, String name);

  /// The slices of a service's endpoints.
  List<ApiObject> slices(String namespace, String service);
}
