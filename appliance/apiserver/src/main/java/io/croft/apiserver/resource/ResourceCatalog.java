package io.croft.apiserver.resource;

import io.croft.model.GroupVersionResource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;

/// All resources that are served. Readers see one consistent set; a change replaces the set as a
/// whole.
public final class ResourceCatalog {
  /// @param generation grows with every change
  /// @param byResource every served version, built-in ones first, otherwise in order of addition
  /// @param groups group names with their versions, in the order in which discovery tells them
  public record Snapshot(
      long generation,
      Map<GroupVersionResource, ResourceType> byResource,
      Map<String, List<String>> groups) {

    public Optional<ResourceType> find(String group, String version, String plural) {
      return Optional.ofNullable(byResource.get(new GroupVersionResource(group, version, plural)));
    }

    public List<ResourceType> in(String group, String version) {
      return byResource.values().stream()
          .filter(t -> t.gvr().group().equals(group) && t.gvr().version().equals(version))
          .toList();
    }

    /// The resource of a kind, in whichever version it is served.
    public Optional<ResourceType> ofKind(String group, String kind) {
      return byResource.values().stream()
          .filter(t -> t.gvr().group().equals(group) && t.names().kind().equals(kind))
          .findFirst();
    }
  }

  private final Map<GroupVersionResource, ResourceType> builtin = new LinkedHashMap<>();
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private volatile Snapshot snapshot;

  /// @param builtin what is served whatever happens
  public ResourceCatalog(Collection<ResourceType> builtin) {
    builtin.forEach(t -> this.builtin.put(t.gvr(), t));
    snapshot = snapshotOf(1, List.of());
  }

  public Snapshot snapshot() {
    return snapshot;
  }

  /// Replaces the resources that are not built in.
  ///
  /// @param change makes the new set out of the present one; a resource of the name of a built-in
  ///   one is left out
  public void replaceCustom(UnaryOperator<List<ResourceType>> change) {
    synchronized (this) {
      var custom = snapshot.byResource().values().stream().filter(ResourceType::custom).toList();
      snapshot = snapshotOf(snapshot.generation() + 1, change.apply(custom));
    }
    listeners.forEach(Runnable::run);
  }

  /// @param listener called after every change, by who makes it; must be quick
  public void addListener(Runnable listener) {
    listeners.add(listener);
  }

  private Snapshot snapshotOf(long generation, List<ResourceType> custom) {
    var all = new LinkedHashMap<>(builtin);
    custom.forEach(t -> all.putIfAbsent(t.gvr(), t));
    var groups = new LinkedHashMap<String, List<String>>();
    for (ResourceType type : all.values()) {
      var versions = groups.computeIfAbsent(type.gvr().group(), g -> new ArrayList<>());
      if (!versions.contains(type.gvr().version())) {
        versions.add(type.gvr().version());
      }
    }
    groups.values().forEach(versions -> versions.sort(KubeVersion.NEWEST_FIRST));
    return new Snapshot(
        generation, Collections.unmodifiableMap(all), Collections.unmodifiableMap(groups));
  }
}
