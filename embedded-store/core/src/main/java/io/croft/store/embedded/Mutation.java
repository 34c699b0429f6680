package io.croft.store.embedded;

import io.croft.store.Bytes;
import io.croft.store.Event;
import io.croft.store.StoreException;
import io.croft.store.internal.state.Allowance;
import io.croft.store.internal.state.Change;
import io.croft.store.internal.state.Commit;
import io.croft.store.internal.state.State;
import io.croft.store.internal.state.View;
import io.croft.store.internal.watch.Committed;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// What one request changes; everything it changes in keys has one revision. For the writer only.
final class Mutation implements Scope {
  private final State state;
  private final SpaceGuard space;
  private final long before;
  private final int mark;
  private final Allowance allowance;
  private final long deletableAtFirst;
  private long deletable;
  private final List<Change> changes = new ArrayList<>();
  private final List<Event> events = new ArrayList<>();

  /// @param deletable how much it may delete, as [Scope#footprint] counts, when the disk has room
  /// @param allowance for its answer, and for values that it puts or replaces but did not come with
  Mutation(State state, SpaceGuard space, long deletable, Allowance allowance) {
    this.allowance = allowance;
    this.state = state;
    this.space = space;
    this.deletableAtFirst = Math.min(deletable, space.deletable());
    this.deletable = deletableAtFirst;
    this.before = state.revision();
    this.mark = state.undoable();
  }

  @Override
  public View view() {
    return events.isEmpty() ? state.view() : state.viewAt(before + 1);
  }

  @Override
  public Event put(Bytes key, Bytes value, long lease) {
    space.check();
    return changeKey(new Change.Put(key, value, lease));
  }

  @Override
  public Event delete(Bytes key) {
    if (space.deletable() == 0) {
      throw SpaceGuard.noRoomToDelete();
    }
    Event event = changeKey(new Change.Delete(key));
    deletable -= Scope.footprint(Objects.requireNonNull(event.previous()));
    return event;
  }

  @Override
  public Allowance allowance() {
    return allowance;
  }

  @Override
  public long deletable() {
    return deletable;
  }

  @Override
  public StoreException deletesTooMuch() {
    return space.isDiskFull()
        ? SpaceGuard.noRoomToDelete()
        : new StoreException.Invalid(StoreException.Invalid.Rule.TOO_LARGE);
  }

  /// How much it has deleted, as [Scope#footprint] counts.
  long deleted() {
    return deletableAtFirst - deletable;
  }

  private Event changeKey(Change change) {
    Event event = state.apply(change, before + 1, events.size());
    if (event == null) {
      throw new IllegalStateException(change + " changed no key");
    }
    changes.add(change);
    events.add(event);
    return event;
  }

  void grant(long lease, long ttlSeconds) {
    space.check();
    change(new Change.Grant(lease, ttlSeconds));
  }

  void revoke(long lease) {
    change(new Change.Revoke(lease));
  }

  void compact(long revision) {
    change(new Change.Compact(revision));
  }

  private void change(Change change) {
    state.apply(change, before, 0);
    changes.add(change);
  }

  /// Whether it leads to less being stored, and so should be possible on a full disk.
  boolean freesSpace() {
    return changes.stream()
        .noneMatch(change -> change instanceof Change.Put || change instanceof Change.Grant);
  }

  boolean isEmpty() {
    return changes.isEmpty();
  }

  boolean hasEvents() {
    return !events.isEmpty();
  }

  /// Ends it; what comes next sees all changes.
  Commit commit() {
    if (hasEvents()) {
      state.advance(before + 1);
    }
    return new Commit(state.revision(), List.copyOf(changes));
  }

  /// What watches are told.
  Committed committed() {
    return new Committed(before + 1, List.copyOf(events));
  }

  /// Takes everything back, which must be the last that was done.
  void undo() {
    state.undoTo(mark, before);
  }
}
