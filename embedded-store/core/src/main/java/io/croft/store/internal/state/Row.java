package io.croft.store.internal.state;

import io.croft.store.Bytes;
import io.croft.store.KeyValue;

/// What a key has at one revision; the key itself is the map's.
record Row(long create, long mod, long version, long lease, Bytes value) {
  KeyValue of(Bytes key) {
    return new KeyValue(key, value, create, mod, version, lease);
  }
}
