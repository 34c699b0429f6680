package io.croft.store;

/// What to read.
///
/// @param rangeEnd empty for the single key, a single 0 byte for every key from `key` on, else
///   exclusive
/// @param limit the most keys to answer with, 0 for all
/// @param revision the revision to read at, 0 for the current one
public record RangeRequest(
    Bytes key,
    Bytes rangeEnd,
    long limit,
    long revision,
    SortOrder order,
    SortTarget target,
    boolean keysOnly,
    boolean countOnly,
    long minModRevision,
    long maxModRevision,
    long minCreateRevision,
    long maxCreateRevision) {
  /// etcd's sort orders.
  public enum SortOrder {
    NONE,
    ASCEND,
    DESCEND
  }

  /// etcd's sort targets.
  public enum SortTarget {
    KEY,
    VERSION,
    CREATE,
    MOD,
    VALUE
  }

  public static RangeRequest key(Bytes key) {
    return range(key, Bytes.EMPTY);
  }

  public static RangeRequest prefix(Bytes prefix) {
    return range(prefix, prefix.prefixEnd());
  }

  public static RangeRequest range(Bytes key, Bytes rangeEnd) {
    return new RangeRequest(
        key, rangeEnd, 0, 0, SortOrder.NONE, SortTarget.KEY, false, false, 0, 0, 0, 0);
  }

  public RangeRequest withLimit(long most) {
    return new RangeRequest(
        key,
        rangeEnd,
        most,
        revision,
        order,
        target,
        keysOnly,
        countOnly,
        minModRevision,
        maxModRevision,
        minCreateRevision,
        maxCreateRevision);
  }

  public RangeRequest withoutValues() {
    return new RangeRequest(
        key,
        rangeEnd,
        limit,
        revision,
        order,
        target,
        true,
        countOnly,
        minModRevision,
        maxModRevision,
        minCreateRevision,
        maxCreateRevision);
  }

  public RangeRequest atRevision(long wanted) {
    return new RangeRequest(
        key,
        rangeEnd,
        limit,
        wanted,
        order,
        target,
        keysOnly,
        countOnly,
        minModRevision,
        maxModRevision,
        minCreateRevision,
        maxCreateRevision);
  }
}
