package io.croft.store.embedded;

import io.croft.store.Bytes;
import io.croft.store.Event;
import io.croft.store.KeyValue;
import io.croft.store.StoreException;
import io.croft.store.internal.state.Allowance;
import io.croft.store.internal.state.View;

/// What a transaction works on.
interface Scope {
  /// What it sees, its own changes included.
  View view();

  Event put(Bytes key, Bytes value, long lease);

  /// Removes a key that is there.
  Event delete(Bytes key);

  /// What its answer may take.
  Allowance allowance();

  /// How much more may be deleted, in bytes as [#footprint] counts them.
  long deletable();

  /// Why more than that is refused.
  StoreException deletesTooMuch();

  /// What it takes on the heap, about, to delete a key: its history, what watches are told, and
  /// what taking it back would need.
  static long footprint(KeyValue kv) {
    return 512L + kv.key().length() + kv.value().length();
  }

  /// For transactions that cannot change anything.
  record ReadOnly(View view, Allowance allowance) implements Scope {
    @Override
    public Event put(Bytes key, Bytes value, long lease) {
      throw new IllegalStateException("a put in a transaction that was taken for read-only");
    }

    @Override
    public Event delete(Bytes key) {
      throw new IllegalStateException("a delete in a transaction that was taken for read-only");
    }

    @Override
    public long deletable() {
      return 0;
    }

    @Override
    public StoreException deletesTooMuch() {
      throw new IllegalStateException("a delete in a transaction that was taken for read-only");
    }
  }
}
