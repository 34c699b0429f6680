package io.croft.model;

/// Names a collection of objects, as the path of a request does.
///
/// @param group API group; empty for core
/// @param resource the plural name, in lower case
public record GroupVersionResource(String group, String version, String resource) {
  /// `v1` for core, else `apps/v1`.
  public String apiVersion() {
    return group.isEmpty() ? version : group + "/" + version;
  }

  /// `deployments.apps`, or `pods` for core: how messages name a resource.
  public String qualifiedResource() {
    return group.isEmpty() ? resource : resource + "." + group;
  }

  @Override
  public String toString() {
    return apiVersion() + ", Resource=" + resource;
  }
}
