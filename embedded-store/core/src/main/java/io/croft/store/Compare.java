package io.croft.store;

/// A condition of a transaction, on one key or on every key of a range. An absent key has revision,
/// version and lease 0 and, against a value, never holds; a range without keys counts as one absent
/// key, as in etcd.
///
/// @param rangeEnd empty for the single key; a single 0 byte for "to the end"
/// @param number the operand, for every target but `VALUE`
/// @param value the operand for `VALUE`, otherwise empty
public record Compare(
    Bytes key, Bytes rangeEnd, Target target, Operator operator, long number, Bytes value) {
  /// What is compared.
  public enum Target {
    VERSION,
    CREATE,
    MOD,
    VALUE,
    LEASE
  }

  /// How it is compared.
  public enum Operator {
    EQUAL,
    NOT_EQUAL,
    GREATER,
    LESS
  }

  /// Holds when the key's last change was at `revision`; 0 means that the key is absent.
  public static Compare modRevision(Bytes key, long revision) {
    return new Compare(key, Bytes.EMPTY, Target.MOD, Operator.EQUAL, revision, Bytes.EMPTY);
  }
}
