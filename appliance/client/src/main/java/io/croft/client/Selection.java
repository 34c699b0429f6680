package io.croft.client;

import io.croft.model.GroupVersionResource;
import java.util.List;

/// The objects that an informer keeps.
///
/// @param namespace empty for all namespaces, and for cluster-scoped resources
/// @param labelSelector empty for all
/// @param fieldSelector empty for all
/// @param omitted the fields that nobody reads there, such as `status.certificate`: they are not
///   kept, so nothing may be written back that was copied from the cache
public record Selection(
    GroupVersionResource resource,
    String namespace,
    String labelSelector,
    String fieldSelector,
    List<String> omitted) {
  public Selection {
    omitted = List.copyOf(omitted);
  }

  /// Whole objects.
  public Selection(
      GroupVersionResource resource, String namespace, String labelSelector, String fieldSelector) {
    this(resource, namespace, labelSelector, fieldSelector, List.of());
  }

  /// Every object of a resource.
  public static Selection all(GroupVersionResource resource) {
    return new Selection(resource, "", "", "");
  }

  /// The same objects without some of their fields.
  public Selection without(String... fields) {
    return new Selection(
        resource, namespace, labelSelector, fieldSelector, List.of(fields));
  }

  ListOptions options() {
    return ListOptions.ALL.withLabelSelector(labelSelector).withFieldSelector(fieldSelector);
  }
}
