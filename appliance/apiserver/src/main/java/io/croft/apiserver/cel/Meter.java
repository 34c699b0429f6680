package io.croft.apiserver.cel;

import dev.cel.common.values.CelByteString;
import org.jspecify.annotations.Nullable;

/// Counts what an evaluation costs, and ends it when that is too much or its thread is to stop.
/// Each loop and each function pays for what it goes through before it does, and takes what it
/// makes, so that neither time nor memory can run away.
final class Meter {
  /// How many characters cost one.
  private static final int CHARACTERS = 10;

  /// How much is paid between two looks at the clock, where other threads have their turn.
  private static final long PAUSED_EVERY = 1 << 12;

  /// What an item of a list takes, roughly: a reference, and often a small value of its own.
  private static final int BYTES_PER_ITEM = 16;

  private static final int BYTES_PER_CHARACTER = 2;

  private final CelBudget budget;
  private long spent;
  private long taken;
  private long untilPause = PAUSED_EVERY;

  Meter(CelBudget budget) {
    this.budget = budget;
    budget.start();
  }

  void pay(long cost) {
    spent += cost;
    if (!budget.pay(cost) || spent > CelBudget.PER_CALL) {
      throw new CelCostException("operation cancelled: actual cost limit exceeded");
    }
    untilPause -= cost;
    if (untilPause <= 0) {
      untilPause = PAUSED_EVERY;
      pause();
    }
  }

  /// What computes and never waits would otherwise keep all other virtual threads from running.
  @SuppressWarnings("ThreadPriorityCheck") // nothing else makes room: virtual threads run on
  static void letOthersRun() {
    Thread.yield();
  }

  private void pause() {
    if (Thread.currentThread().isInterrupted() || budget.isOverdue()) {
      throw new CelCostException("operation interrupted");
    }
    letOthersRun();
  }

  /// For going through text.
  void payText(long characters) {
    pay(1 + characters / CHARACTERS);
  }

  /// For matching a text against a regular expression, which takes as long as both together.
  void payMatch(long characters, long expression) {
    pay((1 + characters / CHARACTERS) * (1 + expression / 4));
  }

  /// For looking at a value, which takes long only where it is text.
  void payLook(Object value) {
    payText(
        switch (value) {
          case String text -> text.length();
          case CelByteString bytes -> bytes.size();
          default -> 0;
        });
  }

  /// For a value out of a tree, where bytes are text that is decoded at each look.
  void takeDecoded(@Nullable Object value) {
    if (value instanceof CelByteString bytes) {
      payText(bytes.size());
      take(bytes.size());
    }
  }

  /// For a list that is made of so many values, or a map with so many more of them.
  void takeItems(long count) {
    take(count * BYTES_PER_ITEM);
  }

  /// For a value that was made, its items apart.
  void takeText(Object value) {
    switch (value) {
      case String text -> take((long) text.length() * BYTES_PER_CHARACTER);
      case CelByteString bytes -> take(bytes.size());
      default -> {}
    }
  }

  private void take(long bytes) {
    taken += bytes;
    if (!budget.take(bytes)) {
      throw new CelCostException(
          "operation cancelled: values of more than " + CelBudget.MAX_BYTES + " bytes were made");
    }
  }

  /// Gives back what was taken, when nothing of it is left.
  void release() {
    budget.take(-taken);
    taken = 0;
  }
}
