package io.croft.store;

/// A request that the store refuses or cannot do. Each kind carries its values.
public abstract sealed class StoreException extends RuntimeException {
  private StoreException(String message) {
    super(message);
  }

  /// The revision asked for is older than what is kept.
  public static final class Compacted extends StoreException {
    private final long requested;
    private final long compactedAt;

    public Compacted(long requested, long compactedAt) {
      super("revision " + requested + " has been compacted; the oldest kept is " + compactedAt);
      this.requested = requested;
      this.compactedAt = compactedAt;
    }

    public long requested() {
      return requested;
    }

    public long compactedAt() {
      return compactedAt;
    }
  }

  /// The revision asked for does not exist yet.
  public static final class FutureRevision extends StoreException {
    public FutureRevision(long requested, long current) {
      super("revision " + requested + " is in the future; the current one is " + current);
    }
  }

  /// The request breaks a rule of the model (empty key, duplicate key, too many operations, …).
  public static final class Invalid extends StoreException {
    private final Rule rule;

    public Invalid(Rule rule) {
      super(rule.text());
      this.rule = rule;
    }

    public Rule rule() {
      return rule;
    }

    /// The rules, with etcd's words for them.
    public enum Rule {
      EMPTY_KEY("key is not provided"),
      DUPLICATE_KEY("duplicate key given in txn request"),
      TOO_MANY_OPS("too many operations in txn request"),
      TOO_LARGE("request is too large"),
      VALUE_PROVIDED("value is provided"),
      LEASE_PROVIDED("lease is provided"),
      KEY_NOT_FOUND("key not found"),
      INVALID_SORT("invalid sort option"),
      LEASE_TTL_TOO_LARGE("too large lease TTL"),
      LEASE_EXISTS("lease already exists");

      private final String text;

      Rule(String text) {
        this.text = text;
      }

      public String text() {
        return text;
      }
    }
  }

  /// The lease is not known.
  public static final class LeaseNotFound extends StoreException {
    public LeaseNotFound(long lease) {
      super("lease " + Long.toHexString(lease) + " is not known");
    }
  }

  /// The disk (or the quota) is full: nothing was written; reads and deletes go on.
  public static final class NoSpace extends StoreException {
    public NoSpace(String message) {
      super(message);
    }
  }

  /// More requests are waiting than the queue holds; nothing was done.
  public static final class Overloaded extends StoreException {
    public Overloaded(int bound) {
      this("more than " + bound + " requests are waiting");
    }

    private Overloaded(String message) {
      super(message);
    }

    public static Overloaded byBytes(long bound) {
      return new Overloaded("the requests that are waiting take more than " + bound + " bytes");
    }
  }

  /// The store is closed, or closed itself after a failure; nothing was done unless it says
  /// otherwise.
  public static final class Closed extends StoreException {
    public Closed(String message) {
      super(message);
    }
  }

  /// What is on disk does not match its checksum.
  public static final class Corrupt extends StoreException {
    public Corrupt(String message) {
      super(message);
    }
  }
}
