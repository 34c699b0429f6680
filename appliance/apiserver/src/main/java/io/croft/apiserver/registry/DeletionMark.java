package io.croft.apiserver.registry;

import io.croft.apiserver.resource.GarbageCollection;
import io.croft.apiserver.resource.ResourceType;
import io.croft.model.ApiObject;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/// What asking for its deletion changes of an object: when it is to go, and what it waits for.
final class DeletionMark {
  private static final String GRACE_PERIOD = "deletionGracePeriodSeconds";

  private DeletionMark() {}

  /// Marks an object, or changes the mark that it has: the fate of its dependents may be chosen
  /// anew as long as it waits, and its time to end can only become shorter.
  static void apply(ResourceType type, ApiObject object, DeleteOptions options, Instant now) {
    boolean first = object.deletionTimestamp() == null;
    if (first) {
      type.strategy().checkDelete(object);
      type.strategy().prepareForDelete(object);
    }
    settleDependents(type.strategy().garbageCollection(), object, options);
    if (first) {
      long grace = type.strategy().gracePeriodSeconds(object, options.gracePeriodSeconds());
      schedule(object, now.truncatedTo(ChronoUnit.SECONDS), grace);
      if (object.generation() > 0) {
        object.setGeneration(object.generation() + 1);
      }
    } else {
      shorten(object, options);
    }
  }

  private static void schedule(ApiObject object, Instant begin, long grace) {
    object.setDeletionTimestamp(begin.plusSeconds(grace));
    object.metadata().put(GRACE_PERIOD, grace);
  }

  private static void shorten(ApiObject object, DeleteOptions options) {
    Long wanted = options.gracePeriodSeconds();
    long present = gracePeriod(object);
    Instant end = object.deletionTimestamp();
    if (wanted != null && wanted < present && end != null) {
      schedule(object, end.minusSeconds(present), wanted);
    }
  }

  /// How long the object may take to end; 0 when nobody needs to end it.
  static long gracePeriod(ApiObject object) {
    return object.metadata().path(GRACE_PERIOD).asLong(0);
  }

  /// Tells the garbage collector by a finalizer what it is to do with the dependents before the
  /// object may go; without one they are collected afterwards.
  private static void settleDependents(
      GarbageCollection policy, ApiObject object, DeleteOptions options) {
    List<String> present = object.finalizers();
    var finalizers = new ArrayList<>(present);
    finalizers.removeAll(List.of(GarbageCollection.ORPHAN, GarbageCollection.FOREGROUND));
    if (policy != GarbageCollection.UNSUPPORTED) {
      switch (propagation(policy, present, options)) {
        case ORPHAN -> finalizers.add(GarbageCollection.ORPHAN);
        case FOREGROUND -> finalizers.add(GarbageCollection.FOREGROUND);
        case BACKGROUND -> {}
      }
    }
    object.setFinalizers(finalizers);
  }

  /// What the caller wants, else what the object itself says, else what its kind does.
  private static DeleteOptions.Propagation propagation(
      GarbageCollection policy, List<String> finalizers, DeleteOptions options) {
    if (options.orphanDependents() != null) {
      return options.orphanDependents()
          ? DeleteOptions.Propagation.ORPHAN
          : DeleteOptions.Propagation.BACKGROUND;
    }
    if (options.propagation() != null) {
      return options.propagation();
    }
    if (finalizers.contains(GarbageCollection.ORPHAN)) {
      return DeleteOptions.Propagation.ORPHAN;
    }
    if (finalizers.contains(GarbageCollection.FOREGROUND)) {
      return DeleteOptions.Propagation.FOREGROUND;
    }
    return policy == GarbageCollection.ORPHAN_BY_DEFAULT
        ? DeleteOptions.Propagation.ORPHAN
        : DeleteOptions.Propagation.BACKGROUND;
  }
}
