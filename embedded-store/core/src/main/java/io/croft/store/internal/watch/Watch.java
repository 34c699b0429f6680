package io.croft.store.internal.watch;

import io.croft.store.Event;
import io.croft.store.WatchRequest;
import io.croft.store.internal.state.KeyRange;

/// One watch of a stream. Its fields are guarded by the hub's lock.
final class Watch {
  final long id;
  final HubStream stream;
  final WatchRequest request;
  final KeyRange range;

  /// The first revision that it is to be told; later ones follow without a gap.
  long next;

  /// Whether it is fed with what is committed, or has to catch up from `next` on.
  boolean live;

  /// When it last got a message, by `System.nanoTime`.
  long lastMessage;

  Watch(long id, HubStream stream, WatchRequest request, long next) {
    this.id = id;
    this.stream = stream;
    this.request = request;
    this.range = KeyRange.of(request.key(), request.rangeEnd());
    this.next = next;
  }

  boolean wants(Event.Kind kind) {
    return switch (kind) {
      case PUT -> request.puts();
      case DELETE -> request.deletes();
    };
  }

  /// The event as this watch is told it.
  Event shape(Event event) {
    return request.previous() || event.previous() == null
        ? event
        : new Event(event.kind(), event.kv(), null);
  }
}
