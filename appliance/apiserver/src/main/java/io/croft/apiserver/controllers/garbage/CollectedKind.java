package io.croft.apiserver.controllers.garbage;

import io.croft.apiserver.resource.Backing;
import io.croft.apiserver.resource.GarbageCollection;
import io.croft.apiserver.resource.KubeVersion;
import io.croft.apiserver.resource.ResourceCatalog;
import io.croft.apiserver.resource.ResourceType;
import io.croft.model.GroupVersionResource;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// A kind whose objects are watched for owners, whatever its versions.
///
/// @param prefix where its objects are stored: what two kinds of one content have in common
/// @param resource the version that is used to look at it
record CollectedKind(
    String prefix, String group, String kind, boolean namespaced, GroupVersionResource resource) {

  /// The kinds that are served now, one for each place of storage.
  static List<CollectedKind> of(ResourceCatalog.Snapshot catalog) {
    var seen = new HashSet<String>();
    return catalog.byResource().values().stream()
        .filter(CollectedKind::collected)
        .sorted(Comparator.comparing(t -> t.gvr().version(), KubeVersion.NEWEST_FIRST))
        .filter(t -> seen.add(t.location().prefix()))
        .map(CollectedKind::of)
        .toList();
  }

  private static boolean collected(ResourceType type) {
    return type.backing() instanceof Backing.Stored
        && type.verbs().containsAll(Set.of("get", "list", "watch", "delete", "patch"))
        && type.strategy().garbageCollection() != GarbageCollection.UNSUPPORTED;
  }

  private static CollectedKind of(ResourceType type) {
    return new CollectedKind(
        type.location().prefix(), type.gvr().group(), type.kind(), type.namespaced(), type.gvr());
  }

  /// Whether this is the same kind, perhaps looked at in another version.
  boolean same(CollectedKind other) {
    return prefix.equals(other.prefix)
        && group.equals(other.group)
        && kind.equals(other.kind)
        && namespaced == other.namespaced;
  }
}
