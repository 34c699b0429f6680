package io.croft.store.etcd;

import io.croft.store.etcd.wire.Mvcc;
import io.croft.store.etcd.wire.Rpc.WatchResponse;
import java.util.ArrayList;
import java.util.List;

/// Splits a watch's answer for clients that asked for it.
final class Fragments {
  /// What etcd splits at: its largest request.
  private static final int MAX_BYTES = (1 << 20) + (1 << 19);

  private Fragments() {}

  /// Each but the last is marked as a fragment. An event that is larger than the limit stays whole.
  static List<WatchResponse> of(WatchResponse whole) {
    if (whole.getSerializedSize() < MAX_BYTES) {
      return List.of(whole);
    }
    WatchResponse empty = whole.toBuilder().clearEvents().setFragment(true).build();
    List<WatchResponse> fragments = new ArrayList<>();
    WatchResponse.Builder fragment = empty.toBuilder();
    int bytes = 0;
    for (Mvcc.Event event : whole.getEventsList()) {
      int size = event.getSerializedSize();
      if (fragment.getEventsCount() > 0 && bytes + size >= MAX_BYTES) {
        fragments.add(fragment.build());
        fragment = empty.toBuilder();
        bytes = 0;
      }
      fragment.addEvents(event);
      bytes += size;
    }
    fragments.add(fragment.setFragment(false).build());
    return fragments;
  }
}
