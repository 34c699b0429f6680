package io.croft.client;

import io.croft.model.GroupVersionResource;

/// The objects that an informer keeps.
///
/// @param namespace empty for all namespaces, and for cluster-scoped resources
/// @param labelSelector empty for all
/// @param fieldSelector empty for all
public record Selection(
    GroupVersionResource resource, String namespace, String labelSelector, String fieldSelector) {

  /// Every object of a resource.
  public static Selection all(GroupVersionResource resource) {
    return new Selection(resource, "", "", "");
  }

  ListOptions options() {
    return ListOptions.ALL.withLabelSelector(labelSelector).withFieldSelector(fieldSelector);
  }
}
