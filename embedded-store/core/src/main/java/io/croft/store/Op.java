package io.croft.store;

/// One operation of a transaction.
public sealed interface Op {
  /// Reads; sees the writes that stand before it in the same transaction.
  record Range(RangeRequest request) implements Op {}

  /// Writes a key.
  ///
  /// @param lease the lease to attach, 0 for none; replaces the one attached before
  /// @param previous whether the answer carries the value before
  /// @param ignoreValue keep the present value (the key must exist)
  /// @param ignoreLease keep the present lease (the key must exist)
  record Put(
      Bytes key,
      Bytes value,
      long lease,
      boolean previous,
      boolean ignoreValue,
      boolean ignoreLease)
      implements Op {}

  /// Removes a key or a range of keys.
  record Delete(Bytes key, Bytes rangeEnd, boolean previous) implements Op {}

  /// A transaction within the transaction.
  record Nested(Txn txn) implements Op {}

  static Op put(Bytes key, Bytes value, long lease) {
    return new Put(key, value, lease, false, false, false);
  }

  static Op delete(Bytes key) {
    return new Delete(key, Bytes.EMPTY, false);
  }

  static Op get(Bytes key) {
    return new Range(RangeRequest.key(key));
  }
}
