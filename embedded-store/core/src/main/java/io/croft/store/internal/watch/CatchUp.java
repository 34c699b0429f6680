package io.croft.store.internal.watch;

import io.croft.store.Event;
import io.croft.store.internal.state.History;
import io.croft.store.internal.state.View;
import java.util.ArrayList;
import java.util.List;

/// A piece of history, read for a watch that is behind.
///
/// @param events what the watch wants of it, whole revisions only
/// @param next the first revision that was not looked at
/// @param compacted not 0 when the history is gone, with the oldest revision that is left
record CatchUp(List<Event> events, long next, long compacted) {
  /// How many changes are looked at in one piece, about.
  private static final int MAX_CHANGES = 10_000;

  /// @param from the revision to begin with
  /// @param maxBytes how much to take, about
  static CatchUp read(View view, Watch watch, long from, long maxBytes) {
    if (from < view.compacted()) {
      return new CatchUp(List.of(), from, view.compacted());
    }
    List<Event> events = new ArrayList<>();
    long bytes = 0;
    long last = from - 1;
    History history = view.history(from);
    for (int looked = 0; history.next(); looked++) {
      if (history.revision() != last && (bytes >= maxBytes || looked >= MAX_CHANGES)) {
        return new CatchUp(events, last + 1, 0);
      }
      last = history.revision();
      if (watch.wants(history.kind()) && watch.range.contains(history.key())) {
        Event event = history.event(watch.request.previous());
        bytes += HubStream.size(event);
        events.add(event);
      }
    }
    return new CatchUp(events, view.revision() + 1, 0);
  }
}
