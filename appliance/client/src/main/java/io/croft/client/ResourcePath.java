package io.croft.client;

import io.croft.model.GroupVersionResource;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/// Where the Kubernetes API keeps a resource.
///
/// @param namespace empty for cluster-scoped resources and for all namespaces
/// @param name empty for the collection
/// @param subresource empty for the object itself
record ResourcePath(
    GroupVersionResource resource, String namespace, String name, String subresource) {

  static ResourcePath collection(GroupVersionResource resource, String namespace) {
    return new ResourcePath(resource, namespace, "", "");
  }

  /// @throws IllegalArgumentException when the name is empty: the path would be the collection's,
  ///   and a delete of one would become a delete of all
  static ResourcePath object(GroupVersionResource resource, String namespace, String name) {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("a name is needed to address one of " + resource);
    }
    return new ResourcePath(resource, namespace, name, "");
  }

  ResourcePath subresource(String wanted) {
    return new ResourcePath(resource, namespace, name, wanted);
  }

  /// The path, percent-encoded: `/apis/apps/v1/namespaces/shop/deployments/web/status`.
  String encode() {
    var path = new StringBuilder();
    if (resource.group().isEmpty()) {
      path.append("/api");
    } else {
      path.append("/apis");
      segment(path, resource.group());
    }
    segment(path, resource.version());
    if (!namespace.isEmpty()) {
      segment(path, "namespaces");
      segment(path, namespace);
    }
    segment(path, resource.resource());
    if (!name.isEmpty()) {
      segment(path, name);
    }
    if (!subresource.isEmpty()) {
      segment(path, subresource);
    }
    return path.toString();
  }

  private static void segment(StringBuilder path, String text) {
    // The form encoding differs from that of a path only in the space.
    path.append('/').append(URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20"));
  }
}
