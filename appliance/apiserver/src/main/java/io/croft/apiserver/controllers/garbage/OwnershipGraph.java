package io.croft.apiserver.controllers.garbage;

import io.croft.apiserver.resource.GarbageCollection;
import io.croft.model.ApiObject;
import io.croft.model.OwnerReference;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Who owns whom, as the watches tell it. Kept small: an object is in it only while it has an
/// owner, is one, or is being deleted with its dependents; and of an object no more than where it
/// is, its uid and its owners.
///
/// Every method that changes something returns the uids of the objects that are to be looked at
/// because of it. Thread-safe.
final class OwnershipGraph {
  /// What is known of an owner.
  enum Owner {
    /// It is there.
    PRESENT,
    /// It is being deleted in the foreground: it waits for its dependents.
    WAITING,
    /// It is gone for good; a uid never comes back.
    ABSENT,
    /// Nobody has looked yet, or the reference says something else than what was seen.
    UNKNOWN
  }

  private static final class Node {
    final String uid;

    /// Where it is, or was; null for an owner that only a reference speaks of.
    @Nullable Identity identity;

    List<OwnerReference> owners = List.of();
    Set<Node> dependents = Set.of();
    Owner state = Owner.UNKNOWN;

    /// Whether it is being deleted and the garbage collector has to let it go.
    boolean finalizing;

    Node(String uid) {
      this.uid = uid;
    }

    boolean needless() {
      return owners.isEmpty() && dependents.isEmpty() && !finalizing;
    }
  }

  private final Map<String, Node> nodes = new HashMap<>();

  /// An object is there, new or changed.
  synchronized List<String> observe(Identity identity, ApiObject object) {
    String uid = object.uid();
    boolean finalizing = finalizing(object);
    List<OwnerReference> owners = object.ownerReferences();
    Node node = nodes.get(uid);
    if (node == null) {
      if (owners.isEmpty() && !finalizing) {
        return List.of();
      }
      node = new Node(uid);
      nodes.put(uid, node);
    }
    var due = new HashSet<String>();
    node.identity = identity;
    boolean waits = finalizing && object.finalizers().contains(GarbageCollection.FOREGROUND);
    boolean turned = waits != (node.state == Owner.WAITING);
    if (waits && turned) {
      node.dependents.forEach(d -> due.add(d.uid));
    }
    if (finalizing && (turned || !node.finalizing)) {
      due.add(uid);
    }
    node.state = waits ? Owner.WAITING : Owner.PRESENT;
    node.finalizing = finalizing;
    relink(node, owners, due);
    discardIfNeedless(node);
    return List.copyOf(due);
  }

  private static boolean finalizing(ApiObject object) {
    List<String> finalizers = object.finalizers();
    return object.deletionTimestamp() != null
        && (finalizers.contains(GarbageCollection.ORPHAN)
            || finalizers.contains(GarbageCollection.FOREGROUND));
  }

  private void relink(Node node, List<OwnerReference> owners, Set<String> due) {
    if (node.owners.equals(owners)) {
      return;
    }
    unlink(node, due);
    node.owners = owners.stream().map(OwnershipGraph::shared).toList();
    for (OwnerReference reference : node.owners) {
      Node owner = nodes.computeIfAbsent(reference.uid(), Node::new);
      if (owner.dependents.isEmpty()) {
        owner.dependents = new HashSet<>(2);
      }
      owner.dependents.add(node);
    }
    due.add(node.uid);
  }

  /// Owners that wait for their dependents are to be looked at: this one may have been the last.
  private void unlink(Node node, Set<String> due) {
    for (OwnerReference reference : node.owners) {
      Node owner = nodes.get(reference.uid());
      if (owner == null) {
        continue; // the same owner twice
      }
      owner.dependents.remove(node);
      if (owner.state == Owner.WAITING) {
        due.add(owner.uid);
      }
      discardIfNeedless(owner);
    }
    node.owners = List.of();
  }

  /// Thousands of dependents speak of the same few kinds.
  private static OwnerReference shared(OwnerReference reference) {
    return new OwnerReference(
        reference.apiVersion().intern(),
        reference.kind().intern(),
        reference.name(),
        reference.uid(),
        reference.controller(),
        reference.blockOwnerDeletion());
  }

  private void discardIfNeedless(Node node) {
    if (node.needless()) {
      nodes.remove(node.uid);
    }
  }

  /// An object is gone.
  synchronized List<String> remove(String uid) {
    var due = new HashSet<String>();
    Node node = nodes.get(uid);
    if (node != null) {
      remove(node, due);
    }
    return List.copyOf(due);
  }

  private void remove(Node node, Set<String> due) {
    node.state = Owner.ABSENT;
    node.finalizing = false;
    unlink(node, due);
    node.dependents.forEach(d -> due.add(d.uid));
    discardIfNeedless(node);
  }

  /// All objects of a kind but these are gone.
  synchronized List<String> retain(CollectedKind kind, Set<String> uids) {
    List<Node> gone =
        nodes.values().stream()
            .filter(n -> n.state == Owner.PRESENT || n.state == Owner.WAITING)
            .filter(n -> n.identity != null && n.identity.kind().same(kind))
            .filter(n -> !uids.contains(n.uid))
            .toList();
    var due = new HashSet<String>();
    gone.forEach(node -> remove(node, due));
    return List.copyOf(due);
  }

  /// An owner was looked for where the reference says, and found.
  synchronized void found(String uid, Identity identity, boolean waits) {
    Node node = nodes.get(uid);
    if (node != null && node.state == Owner.UNKNOWN) {
      node.identity = identity;
      node.state = waits ? Owner.WAITING : Owner.PRESENT;
    }
  }

  /// An owner was looked for where the reference says, and is not there.
  ///
  /// @return where it is instead, as far as that is known
  synchronized Optional<Identity> missed(String uid, Identity identity) {
    Node node = nodes.get(uid);
    if (node == null) {
      return Optional.empty();
    }
    if (node.state == Owner.UNKNOWN) {
      node.identity = identity;
      node.state = Owner.ABSENT;
    }
    boolean elsewhere = node.state == Owner.PRESENT || node.state == Owner.WAITING;
    return elsewhere ? Optional.ofNullable(node.identity) : Optional.empty();
  }

  /// What is known of the owner that an object in a namespace refers to.
  synchronized Owner owner(OwnerReference reference, String dependentNamespace) {
    Node node = nodes.get(reference.uid());
    if (node == null || node.identity == null) {
      return Owner.UNKNOWN;
    }
    return node.identity.meantBy(reference, dependentNamespace) ? node.state : Owner.UNKNOWN;
  }

  /// An object as it is known here.
  ///
  /// @param finalizing whether it waits for the garbage collector to let it go
  record Known(String uid, Identity identity, List<OwnerReference> owners, boolean finalizing) {}

  /// Empty for what is gone or was never seen.
  synchronized Optional<Known> find(String uid) {
    return Optional.ofNullable(nodes.get(uid)).flatMap(OwnershipGraph::known);
  }

  private static Optional<Known> known(Node node) {
    Identity identity = node.identity;
    return identity == null || node.state == Owner.ABSENT
        ? Optional.empty()
        : Optional.of(new Known(node.uid, identity, node.owners, node.finalizing));
  }

  synchronized List<Known> dependents(String uid) {
    Node node = nodes.get(uid);
    return node == null
        ? List.of()
        : node.dependents.stream().flatMap(d -> known(d).stream()).toList();
  }

  /// The dependents that an owner waits for.
  List<Known> blocking(String uid) {
    return dependents(uid).stream()
        .filter(
            d -> d.owners().stream().anyMatch(o -> o.uid().equals(uid) && o.blockOwnerDeletion()))
        .toList();
  }

  /// Whether one of an object's dependents is itself waiting for its own.
  synchronized boolean anyDependentWaits(String uid) {
    Node node = nodes.get(uid);
    return node != null && node.dependents.stream().anyMatch(d -> d.state == Owner.WAITING);
  }

  /// How many objects are kept.
  synchronized int size() {
    return nodes.size();
  }
}
