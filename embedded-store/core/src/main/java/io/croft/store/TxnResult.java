package io.croft.store;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a transaction did.
///
/// @param revision the store's revision after it (the transaction's own when it changed anything)
/// @param succeeded whether `then` was done
/// @param results one per operation done, in order
public record TxnResult(long revision, boolean succeeded, List<OpResult> results) {
  /// The result of one operation.
  public sealed interface OpResult {}

  public record Ranged(RangeResult range) implements OpResult {}

  /// @param previous the value before, when asked for and present
  public record Put(@Nullable KeyValue previous) implements OpResult {}

  /// @param previous the removed keys, when asked for
  public record Deleted(long count, List<KeyValue> previous) implements OpResult {}

  public record Nested(TxnResult txn) implements OpResult {}
}
