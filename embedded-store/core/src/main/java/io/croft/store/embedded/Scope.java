package io.croft.store.embedded;

import io.croft.store.Bytes;
import io.croft.store.Event;
import io.croft.store.internal.state.View;

/// What a transaction works on.
interface Scope {
  /// What it sees, its own changes included.
  View view();

  Event put(Bytes key, Bytes value, long lease);

  /// Removes a key that is there.
  Event delete(Bytes key);

  /// For transactions that cannot change anything.
  record ReadOnly(View view) implements Scope {
    @Override
    public Event put(Bytes key, Bytes value, long lease) {
      throw new IllegalStateException("a put in a transaction that was taken for read-only");
    }

    @Override
    public Event delete(Bytes key) {
      throw new IllegalStateException("a delete in a transaction that was taken for read-only");
    }
  }
}
