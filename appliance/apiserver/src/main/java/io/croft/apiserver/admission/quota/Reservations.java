package io.croft.apiserver.admission.quota;

import io.croft.model.Quantity;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/// What has been admitted and is about to be stored, so that a count of what is stored does not
/// give it away a second time. Thread-safe.
final class Reservations {
  /// @param write the write that it is for, compared by identity
  /// @param quota the quota's uid
  /// @param created the uid of an object that is to be created; empty for a change
  record Reservation(Object write, String quota, String created, Map<String, Quantity> growth) {}

  /// One or two for each write that is under way.
  private final List<Reservation> all = new ArrayList<>();

  /// To be called before the quota's entry is made: whoever counts after that sees it.
  synchronized void add(Object write, String quota, String created, Map<String, Quantity> growth) {
    all.add(new Reservation(write, quota, created, Map.copyOf(growth)));
  }

  /// Takes back what was added last for a write and a quota.
  synchronized void cancel(Object write, String quota) {
    for (int i = all.size() - 1; i >= 0; i--) {
      if (all.get(i).write().equals(write) && all.get(i).quota().equals(quota)) {
        all.remove(i);
        return;
      }
    }
  }

  /// A write has ended, well or not.
  synchronized void end(Object write) {
    for (Iterator<Reservation> each = all.iterator(); each.hasNext(); ) {
      if (each.next().write().equals(write)) {
        each.remove();
      }
    }
  }

  /// What is reserved now. To be asked before what is stored is counted: what is stored, and
  /// therefore no longer reserved, after that has been seen here.
  synchronized List<Reservation> of(String quota) {
    return all.stream().filter(r -> r.quota().equals(quota)).toList();
  }
}
