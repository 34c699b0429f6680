package io.croft.client;

import io.croft.model.GroupVersionResource;
import java.util.ArrayList;
import java.util.List;

/// The objects that an informer keeps.
///
/// @param namespace empty for all namespaces, and for cluster-scoped resources
/// @param labelSelector empty for all
/// @param fieldSelector empty for all
/// @param omitted the fields that nobody reads there, such as `status.certificate`, and which are
///   not kept
public record Selection(
    GroupVersionResource resource,
    String namespace,
    String labelSelector,
    String fieldSelector,
    List<String> omitted) {
  /// Larger than all the rest of many objects. A write that does not mention it leaves it as it is.
  private static final String MANAGED_FIELDS = "metadata.managedFields";

  public Selection {
    omitted = List.copyOf(omitted);
  }

  /// Objects without `metadata.managedFields`.
  public Selection(
      GroupVersionResource resource, String namespace, String labelSelector, String fieldSelector) {
    this(resource, namespace, labelSelector, fieldSelector, List.of(MANAGED_FIELDS));
  }

  /// Every object of a resource, without `metadata.managedFields`.
  public static Selection all(GroupVersionResource resource) {
    return new Selection(resource, "", "", "");
  }

  /// The same objects without some of their fields. Nothing may be written back then that was
  /// copied from the cache.
  public Selection without(String... fields) {
    var all = new ArrayList<>(omitted);
    all.addAll(List.of(fields));
    return new Selection(resource, namespace, labelSelector, fieldSelector, all);
  }

  /// The same objects with all that they have.
  public Selection whole() {
    return new Selection(resource, namespace, labelSelector, fieldSelector, List.of());
  }

  ListOptions options() {
    return ListOptions.ALL.withLabelSelector(labelSelector).withFieldSelector(fieldSelector);
  }
}
