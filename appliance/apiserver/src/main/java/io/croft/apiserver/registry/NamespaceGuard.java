package io.croft.apiserver.registry;

import io.croft.apiserver.resource.ResourceType;
import io.croft.apiserver.storage.Guard;
import io.croft.apiserver.storage.ObjectStore;
import io.croft.apiserver.storage.StorageLocation;
import io.croft.apiserver.storage.Stored;
import io.croft.model.ApiObject;
import io.croft.model.Status;
import io.croft.model.StatusCause;
import io.croft.model.StatusDetails;
import io.croft.model.StatusException;
import io.croft.model.StatusReason;
import io.croft.model.Statuses;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Lets objects be created only in namespaces that exist and are not on their way out. The creation
/// is tied to the namespace's revision, so that none slips in behind a namespace that is being
/// emptied.
final class NamespaceGuard {
  static final StorageLocation NAMESPACES = new StorageLocation("/registry/namespaces", false);

  private final ObjectStore store;

  NamespaceGuard(ObjectStore store) {
    this.store = store;
  }

  /// @return what the creation depends on; null for objects outside namespaces
  /// @throws StatusException 404 or 403 when nothing may be created there
  @Nullable Guard guard(ResourceType type, ApiObject object) {
    if (!type.namespaced()) {
      return null;
    }
    String name = object.namespace();
    Stored namespace =
        store
            .get(NAMESPACES, "", name)
            .orElseThrow(() -> Statuses.notFound("", "namespaces", name));
    if (ApiObject.of(namespace.json()).deletionTimestamp() != null) {
      throw terminating(type, object);
    }
    return new Guard(namespace.key(), namespace.revision());
  }

  private static StatusException terminating(ResourceType type, ApiObject object) {
    String namespace = object.namespace();
    String why =
        "unable to create new content in namespace "
            + namespace
            + " because it is being terminated";
    Status plain =
        Statuses.forbidden(type.gvr().group(), type.gvr().resource(), object.name(), why).status();
    var cause =
        new StatusCause(
            "NamespaceTerminating",
            "namespace " + namespace + " is being terminated",
            "metadata.namespace");
    var details =
        new StatusDetails(
            object.name(), type.gvr().group(), type.gvr().resource(), "", 0, List.of(cause));
    return new StatusException(Status.failure(StatusReason.FORBIDDEN, plain.message(), details));
  }
}
