package io.croft.apiserver.admission;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.outbound.ServiceResolver;
import io.croft.apiserver.resource.ResourceCatalog;
import io.croft.apiserver.resource.ResourceType;
import io.croft.apiserver.storage.ObjectStore;
import io.croft.apiserver.storage.Page;
import io.croft.apiserver.storage.Stored;
import io.croft.apiserver.storage.WriteOutcome;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionKind;
import io.croft.model.GroupVersionResource;
import io.croft.store.Bytes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Objects as admissions need them: as they are at this moment. Thread-safe.
public final class StoredObjects {
  private static final GroupVersionResource SERVICES =
      new GroupVersionResource("", "v1", "services");
  private static final int PAGE = 32;

  private final ResourceCatalog catalog;
  private final ObjectStore store;

  public StoredObjects(ResourceCatalog catalog, ObjectStore store) {
    this.catalog = catalog;
    this.store = store;
  }

  /// All resources that are served.
  Collection<ResourceType> types() {
    return catalog.snapshot().byResource().values();
  }

  /// The resource whose objects are of a kind.
  public Optional<ResourceType> served(GroupVersionKind kind) {
    return types().stream().filter(type -> type.gvk().equals(kind)).findFirst();
  }

  /// @param namespace empty for a cluster-scoped object
  /// @return empty when there is none, or the resource is not served
  public Optional<ApiObject> find(GroupVersionResource resource, String namespace, String name) {
    if (name.isEmpty()) {
      return Optional.empty();
    }
    return catalog
        .snapshot()
        .find(resource.group(), resource.version(), resource.resource())
        .flatMap(type ->
            store
                .get(type.location(), namespace, name)
                .map(stored -> type.conversion().fromStorage(stored.json())))
        .map(ApiObject::of);
  }

  /// Where services are asked.
  public ServiceResolver services() {
    return new ServiceResolver((namespace, name) -> find(SERVICES, namespace, name));
  }

  /// All objects of a namespace, or of all when that is empty, by name; none when the resource is
  /// not served. For kinds of which there are few.
  public List<ApiObject> list(GroupVersionResource resource, String namespace) {
    var all = new ArrayList<ApiObject>();
    forEach(resource, namespace, all::add);
    return all;
  }

  /// As `list`, but one at a time, so that no more than a few are in memory.
  public void forEach(
      GroupVersionResource resource, String namespace, Consumer<ApiObject> consumer) {
    catalog
        .snapshot()
        .find(resource.group(), resource.version(), resource.resource())
        .ifPresent(type -> forEach(type, namespace, consumer));
  }

  private void forEach(ResourceType type, String namespace, Consumer<ApiObject> consumer) {
    Bytes after = null;
    Page page;
    do {
      page = store.list(type.location(), namespace, after, PAGE, 0);
      for (Stored stored : page.items()) {
        consumer.accept(ApiObject.of(type.conversion().fromStorage(stored.json())));
        after = stored.key();
      }
    } while (page.more());
  }

  /// Replaces an object, if it is still at its version; for what the server itself keeps in an
  /// object's status. No rules are looked at.
  ///
  /// @return false when somebody else was faster
  public boolean replace(GroupVersionResource resource, ApiObject object) {
    ResourceType type =
        catalog
            .snapshot()
            .find(resource.group(), resource.version(), resource.resource())
            .orElseThrow();
    ObjectNode stored = type.conversion().toStorage(object.json().deepCopy());
    long expected = Long.parseLong(object.resourceVersion());
    return store.put(
            type.location(),
            ApiObject.of(stored),
            expected,
            List.of(),
            type.strategy().timeToLive())
        instanceof WriteOutcome.Written;
  }

  /// Differs whenever the objects of a resource differ; cheaper than to list them.
  public ObjectStore.Mark mark(GroupVersionResource resource) {
    return catalog
        .snapshot()
        .find(resource.group(), resource.version(), resource.resource())
        .map(type -> store.mark(type.location()))
        .orElse(ObjectStore.Mark.EMPTY);
  }
}
