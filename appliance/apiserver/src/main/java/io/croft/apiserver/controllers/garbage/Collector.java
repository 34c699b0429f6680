package io.croft.apiserver.controllers.garbage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.controllers.garbage.OwnershipGraph.Known;
import io.croft.apiserver.resource.GarbageCollection;
import io.croft.base.Concurrently;
import io.croft.client.ApiClient;
import io.croft.client.DeleteOptions;
import io.croft.client.DeleteOptions.Propagation;
import io.croft.client.EventRecorder;
import io.croft.client.PatchType;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.model.OwnerReference;
import io.croft.model.StatusException;
import io.croft.model.StatusReason;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/// Looks at one object and does what its owners, or the way it is being deleted, demand. Nothing is
/// deleted on the word of the graph alone: the object is read again, and an owner that the graph
/// has not seen go is looked for where the reference says.
final class Collector {
  private static final int ORPHANS_AT_A_TIME = 16;

  private final ApiClient metadata;
  private final OwnershipGraph graph;
  private final OwnerKinds kinds;
  private final Consumer<List<String>> due;
  private final EventRecorder events;

  /// @param metadata answers with metadata only
  /// @param due takes the uids of further objects to look at
  Collector(
      ApiClient metadata,
      OwnershipGraph graph,
      OwnerKinds kinds,
      Consumer<List<String>> due,
      EventRecorder events) {
    this.metadata = metadata;
    this.graph = graph;
    this.kinds = kinds;
    this.due = due;
    this.events = events;
  }

  /// How the look at an object ended.
  enum Outcome {
    DONE,
    /// An owner is of a kind that is not served: look again when that changes.
    OWNER_KIND_UNKNOWN
  }

  /// @throws StatusException when it is to be tried again, as after a conflict
  Outcome collect(String uid) {
    Optional<Known> found = graph.find(uid);
    if (found.isEmpty()) {
      return Outcome.DONE;
    }
    Known known = found.get();
    if (!known.finalizing()) {
      Owners owners = classify(known, known.owners());
      if (owners.allPresent()) {
        return owners.outcome();
      }
    }
    Optional<ApiObject> live = read(known);
    if (live.isEmpty()) {
      due.accept(graph.remove(uid));
      return Outcome.DONE;
    }
    return collect(known, live.get());
  }

  private Outcome collect(Known known, ApiObject object) {
    if (object.deletionTimestamp() != null) {
      if (object.finalizers().contains(GarbageCollection.ORPHAN)) {
        orphanDependents(known, object);
      } else if (object.finalizers().contains(GarbageCollection.FOREGROUND)) {
        awaitDependents(known, object);
      }
      return Outcome.DONE;
    }
    Owners owners = classify(known, object.ownerReferences());
    if (owners.allPresent()) {
      return owners.outcome();
    }
    if (owners.present()) {
      dropReferences(known.identity(), object, owners.lost());
    } else if (owners.waiting() && !graph.dependents(known.uid()).isEmpty()) {
      deleteInForeground(known, object);
    } else {
      delete(known.identity(), object, propagation(object));
    }
    return Outcome.DONE;
  }

  /// What became of the owners of an object.
  ///
  /// @param present whether one is there, or cannot be told to be gone
  /// @param waiting whether one waits for its dependents
  /// @param lost the uids of those that are gone or wait
  private record Owners(boolean present, boolean waiting, Set<String> lost, Outcome outcome) {
    boolean allPresent() {
      return lost.isEmpty();
    }
  }

  private Owners classify(Known dependent, List<OwnerReference> references) {
    boolean present = false;
    boolean waiting = false;
    var lost = new HashSet<String>();
    var outcome = Outcome.DONE;
    for (OwnerReference reference : references) {
      switch (look(dependent, reference)) {
        case PRESENT -> present = true;
        case ABSENT -> lost.add(reference.uid());
        case WAITING -> {
          waiting = true;
          lost.add(reference.uid());
        }
        case UNKNOWN -> {
          present = true;
          outcome = Outcome.OWNER_KIND_UNKNOWN;
        }
      }
    }
    return new Owners(present, waiting, lost, outcome);
  }

  /// @return `UNKNOWN` when the reference's kind is not served
  private OwnershipGraph.Owner look(Known dependent, OwnerReference reference) {
    String namespace = dependent.identity().namespace();
    OwnershipGraph.Owner known = graph.owner(reference, namespace);
    if (known != OwnershipGraph.Owner.UNKNOWN) {
      return known;
    }
    Optional<CollectedKind> kind = kinds.find(reference);
    if (kind.isEmpty()) {
      return OwnershipGraph.Owner.UNKNOWN;
    }
    if (kind.get().namespaced() && namespace.isEmpty()) {
      // Nobody can tell which namespace is meant: such an object is never collected.
      warnOfNamespace(dependent, reference);
      return OwnershipGraph.Owner.PRESENT;
    }
    String in = kind.get().namespaced() ? namespace : "";
    return verify(dependent, reference, new Identity(kind.get(), in, reference.name()));
  }

  private OwnershipGraph.Owner verify(
      Known dependent, OwnerReference reference, Identity identity) {
    Optional<ApiObject> owner =
        metadata
            .find(identity.kind().resource(), identity.namespace(), identity.name())
            .filter(o -> o.uid().equals(reference.uid()));
    if (owner.isPresent()) {
      boolean waits =
          owner.get().deletionTimestamp() != null
              && owner.get().finalizers().contains(GarbageCollection.FOREGROUND);
      graph.found(reference.uid(), identity, waits);
      return waits ? OwnershipGraph.Owner.WAITING : OwnershipGraph.Owner.PRESENT;
    }
    Optional<Identity> elsewhere = graph.missed(reference.uid(), identity);
    if (elsewhere.filter(i -> !i.namespace().equals(identity.namespace())).isPresent()) {
      warnOfNamespace(dependent, reference);
    }
    return OwnershipGraph.Owner.ABSENT;
  }

  private void warnOfNamespace(Known dependent, OwnerReference reference) {
    Identity identity = dependent.identity();
    String message =
        "ownerRef [%s/%s, name: %s, uid: %s] does not exist in namespace \"%s\""
            .formatted(
                reference.apiVersion(),
                reference.kind(),
                reference.name(),
                reference.uid(),
                identity.namespace());
    ObjectNode involved =
        Json.object()
            .put("apiVersion", identity.kind().resource().apiVersion())
            .put("kind", identity.kind().kind())
            .put("name", identity.name())
            .put("uid", dependent.uid());
    if (!identity.namespace().isEmpty()) {
      involved.put("namespace", identity.namespace());
    }
    events.warning(involved, "OwnerRefInvalidNamespace", message);
  }

  private Optional<ApiObject> read(Known known) {
    Identity at = known.identity();
    return metadata
        .find(at.kind().resource(), at.namespace(), at.name())
        .filter(o -> o.uid().equals(known.uid()));
  }

  /// An object that is being deleted in the foreground goes when nothing blocks it any more.
  private void awaitDependents(Known known, ApiObject object) {
    List<Known> blocking = graph.blocking(known.uid());
    if (blocking.isEmpty()) {
      dropFinalizer(known.identity(), object, GarbageCollection.FOREGROUND);
    } else {
      due.accept(blocking.stream().map(Known::uid).toList());
    }
  }

  private void orphanDependents(Known known, ApiObject object) {
    Concurrently.forEach(
        graph.dependents(known.uid()).iterator(),
        ORPHANS_AT_A_TIME,
        dependent ->
            read(dependent)
                .ifPresent(d -> dropReferences(dependent.identity(), d, Set.of(known.uid()))));
    dropFinalizer(known.identity(), object, GarbageCollection.ORPHAN);
  }

  /// Its own dependents go first. If one of them waits for its own already, they may be waiting for
  /// each other in a circle: then none of this object's owners waits for it any longer.
  private void deleteInForeground(Known known, ApiObject object) {
    if (graph.anyDependentWaits(known.uid())) {
      unblockOwners(known.identity(), object);
    } else {
      delete(known.identity(), object, Propagation.FOREGROUND);
      return;
    }
    read(known).ifPresent(o -> delete(known.identity(), o, Propagation.FOREGROUND));
  }

  private static Propagation propagation(ApiObject object) {
    if (object.finalizers().contains(GarbageCollection.ORPHAN)) {
      return Propagation.ORPHAN;
    }
    return object.finalizers().contains(GarbageCollection.FOREGROUND)
        ? Propagation.FOREGROUND
        : Propagation.BACKGROUND;
  }

  /// Deletes just what was looked at: not a namesake, nor an object that has been given another
  /// owner meanwhile.
  private void delete(Identity at, ApiObject object, Propagation propagation) {
    DeleteOptions options =
        DeleteOptions.DEFAULT
            .withUid(object.uid())
            .withResourceVersion(object.resourceVersion())
            .withPropagation(propagation);
    unlessGone(() -> metadata.delete(at.kind().resource(), at.namespace(), at.name(), options));
  }

  private void dropReferences(Identity at, ApiObject object, Set<String> uids) {
    ArrayNode kept = Json.array();
    for (JsonNode reference : object.json().path("metadata").path("ownerReferences")) {
      if (!uids.contains(reference.path("uid").asText())) {
        kept.add(reference);
      }
    }
    patch(at, object, "ownerReferences", kept);
  }

  private void unblockOwners(Identity at, ApiObject object) {
    ArrayNode owners = Json.array();
    for (JsonNode reference : object.json().path("metadata").path("ownerReferences")) {
      ObjectNode unblocked = reference.deepCopy();
      owners.add(unblocked.put("blockOwnerDeletion", false));
    }
    patch(at, object, "ownerReferences", owners);
  }

  private void dropFinalizer(Identity at, ApiObject object, String finalizer) {
    var kept = new ArrayList<>(object.finalizers());
    kept.remove(finalizer);
    ArrayNode finalizers = Json.array();
    kept.forEach(finalizers::add);
    patch(at, object, "finalizers", finalizers);
  }

  /// Replaces a list in the metadata of an object, if that is still as it was read; an empty one
  /// goes.
  private void patch(Identity at, ApiObject object, String field, ArrayNode list) {
    ObjectNode patch = Json.object();
    patch
        .putObject("metadata")
        .put("uid", object.uid())
        .put("resourceVersion", object.resourceVersion())
        .set(field, list.isEmpty() ? null : list);
    unlessGone(() ->
        metadata.patch(
            at.kind().resource(), at.namespace(), at.name(), PatchType.MERGE, Json.bytes(patch)));
  }

  private static void unlessGone(Runnable write) {
    try {
      write.run();
    } catch (StatusException e) {
      if (e.status().code() != StatusReason.NOT_FOUND.code()) {
        throw e;
      }
    }
  }
}
