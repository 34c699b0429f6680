package io.croft.apiserver.builtin;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// Which values of a scarce kind, addresses or ports, are whose. A value is taken from when it is
/// reserved for an object that is on its way to the store until no stored object has it and none is
/// on its way. Thread-safe.
///
/// @param <T> has value equality
final class Allocations<T> {
  private static final class Holder {
    private final String owner;
    private int pending;
    private boolean stored;

    Holder(String owner) {
      this.owner = owner;
    }
  }

  private final Map<T, Holder> holders = new HashMap<>();
  private final Map<String, Owned<T>> owners = new HashMap<>();

  /// What an owner has in the store.
  private record Owned<T>(long revision, Set<T> values) {}

  /// Reserves a value for a write; `release` or `stored` must follow.
  ///
  /// @return whether it was free, or the owner's already
  synchronized boolean reserve(T value, String owner) {
    Holder holder = holders.computeIfAbsent(value, v -> new Holder(owner));
    if (!holder.owner.equals(owner)) {
      return false;
    }
    holder.pending++;
    return true;
  }

  /// Gives back what was reserved for a write that did not come about.
  synchronized void release(Set<T> values, String owner) {
    values.forEach(value -> {
      Holder holder = holders.get(value);
      if (holder != null && holder.owner.equals(owner)) {
        // A write that failed half way gives back what it had not reserved yet, too.
        holder.pending = Math.max(0, holder.pending - 1);
        forget(value, holder);
      }
    });
  }

  /// An object is stored with these values, and no others.
  ///
  /// @param reserved whether they were reserved for this write
  /// @param revision tells the newest of what may be reported out of order
  synchronized void stored(String owner, Set<T> values, boolean reserved, long revision) {
    Owned<T> before = owners.get(owner);
    if (before == null || before.revision() < revision) {
      owners.put(owner, new Owned<>(revision, Set.copyOf(values)));
      values.forEach(v -> holders.computeIfAbsent(v, x -> new Holder(owner)).stored = true);
      Set<T> gone = new HashSet<>(before == null ? Set.of() : before.values());
      gone.removeAll(values);
      gone.forEach(v -> drop(v, owner));
    }
    if (reserved) {
      release(values, owner);
    }
  }

  /// An object is gone.
  synchronized void removed(String owner) {
    Owned<T> before = owners.remove(owner);
    if (before != null) {
      before.values().forEach(v -> drop(v, owner));
    }
  }

  private void drop(T value, String owner) {
    Holder holder = holders.get(value);
    if (holder != null && holder.owner.equals(owner)) {
      holder.stored = false;
      forget(value, holder);
    }
  }

  private void forget(T value, Holder holder) {
    if (holder.pending <= 0 && !holder.stored) {
      holders.remove(value);
    }
  }
}
