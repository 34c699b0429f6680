package io.croft.store.internal.state;

import io.croft.store.KeyValue;
import io.croft.store.StoreException.Invalid;

/// How much heap one request may still take for its answer, in bytes. For one thread.
public final class Allowance {
  /// About what a key takes beside its bytes.
  private static final long OVERHEAD = 150;

  private final long all;
  private long left;

  public Allowance(long bytes) {
    this.all = bytes;
    this.left = bytes;
  }

  /// @throws Invalid when there is no more
  public void take(KeyValue kv) {
    left -= OVERHEAD + kv.key().length() + kv.value().length();
    if (left < 0) {
      throw new Invalid(Invalid.Rule.TOO_LARGE);
    }
  }

  public long taken() {
    return all - left;
  }
}
