package io.croft.apiserver.cel;

/// What the expressions of one request may cost together. The unit is Kubernetes': about one look
/// at a field, one call, or ten characters that a function goes through. Used by one thread.
public final class CelBudget {
  /// What one evaluation may cost: a fraction of a second.
  static final long PER_CALL = 1_000_000;

  private static final long PER_REQUEST = 10_000_000;
  private static final long PER_CONDITIONS = 2_500_000;

  private long left;

  private CelBudget(long left) {
    this.left = left;
  }

  /// For all rules of an object, or all of one admission policy.
  public static CelBudget forRules() {
    return new CelBudget(PER_REQUEST);
  }

  /// For the match conditions of one webhook or policy.
  public static CelBudget forMatchConditions() {
    return new CelBudget(PER_CONDITIONS);
  }

  public boolean isSpent() {
    return left <= 0;
  }

  long left() {
    return left;
  }

  void pay(long cost) {
    left -= cost;
  }
}
