package io.croft.apiserver.aggregation;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.resource.ResourceCatalog;
import io.croft.model.ApiObject;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// Which APIs other servers serve, known from the moment that an `APIService` is written, and what
/// they have said of themselves. Thread-safe.
public final class RemoteApis {
  /// The API of an `APIService`, as of a revision; empty when it has no service or is gone.
  private record Known(long revision, Optional<RemoteApi> api) {}

  /// By the name of the `APIService`; writes may be reported out of order.
  private final Map<String, Known> known = new HashMap<>();

  private final Map<String, ObjectNode> resources = new ConcurrentHashMap<>();
  private final Map<String, String> documents = new ConcurrentHashMap<>();
  private volatile List<RemoteApi> all = List.of();

  /// To be called after an `APIService` was written.
  public void written(ApiObject apiService) {
    long revision = Long.parseLong(apiService.resourceVersion());
    settle(apiService.name(), new Known(revision, RemoteApi.of(apiService)));
  }

  /// To be called after an `APIService` was removed.
  public void removed(ApiObject apiService, long revision) {
    settle(apiService.name(), new Known(revision, Optional.empty()));
  }

  private synchronized void settle(String name, Known now) {
    Known before = known.get(name);
    if (before != null && before.revision() > now.revision()) {
      return;
    }
    known.put(name, now);
    all =
        known.values().stream()
            .flatMap(k -> k.api().stream())
            .sorted(Comparator.comparing(RemoteApi::group).thenComparing(RemoteApi::version))
            .toList();
    List<String> present = all.stream().map(RemoteApi::groupVersion).toList();
    resources.keySet().retainAll(present);
    documents.keySet().retainAll(present);
  }

  /// By group and version.
  public List<RemoteApi> all() {
    return all;
  }

  /// The API that requests for a version of a group go to. What this server serves itself, it does
  /// not give away.
  public Optional<RemoteApi> find(String group, String version, ResourceCatalog.Snapshot own) {
    for (RemoteApi api : all) {
      if (api.group().equals(group) && api.version().equals(version)) {
        return own.in(group, version).isEmpty() ? Optional.of(api) : Optional.empty();
      }
    }
    return Optional.empty();
  }

  /// Remembers the `APIResourceList` of an API.
  public void learned(RemoteApi api, ObjectNode list) {
    resources.put(api.groupVersion(), list);
  }

  /// What was last heard of an API's resources: an `APIResourceList`, not to be changed.
  public Optional<ObjectNode> resources(RemoteApi api) {
    return Optional.ofNullable(resources.get(api.groupVersion()));
  }

  /// Remembers whether a server tells what the objects of an API look like.
  ///
  /// @param hash of the OpenAPI document, opaque; empty when there is no document
  public void documented(RemoteApi api, Optional<String> hash) {
    if (hash.isPresent()) {
      documents.put(api.groupVersion(), hash.get());
    } else {
      documents.remove(api.groupVersion());
    }
  }

  /// The hash of the OpenAPI document of an API, as it was last heard; may be an empty text.
  public Optional<String> document(RemoteApi api) {
    return Optional.ofNullable(documents.get(api.groupVersion()));
  }
}
