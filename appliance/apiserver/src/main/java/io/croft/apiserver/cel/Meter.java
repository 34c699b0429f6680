package io.croft.apiserver.cel;

/// Counts what an evaluation costs, and ends it when that is too much or its thread is to stop.
/// Each loop and each function pays for what it goes through before it does, so that neither time
/// nor memory can run away.
final class Meter {
  /// How many characters cost one.
  private static final int CHARACTERS = 10;

  /// How often the thread is asked whether it is to stop.
  private static final int CHECKED_EVERY = 1 << 10;

  private final long limit;
  private long spent;
  private int untilCheck = CHECKED_EVERY;

  Meter(long limit) {
    this.limit = limit;
  }

  long spent() {
    return spent;
  }

  void pay(long cost) {
    spent += cost;
    if (spent > limit || spent < 0) {
      throw new CelCostException("operation cancelled: actual cost limit exceeded");
    }
    if (--untilCheck <= 0) {
      untilCheck = CHECKED_EVERY;
      if (Thread.currentThread().isInterrupted()) {
        throw new CelCostException("operation interrupted");
      }
    }
  }

  /// For going through text.
  void payText(long characters) {
    pay(1 + characters / CHARACTERS);
  }

  /// For matching a text against a regular expression, which takes as long as both together.
  void payMatch(long characters, long expression) {
    pay((1 + characters / CHARACTERS) * (1 + expression / 4));
  }
}
