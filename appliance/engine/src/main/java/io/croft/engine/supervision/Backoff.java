package io.croft.engine.supervision;

import java.time.Duration;

/// How long to wait before a program is started again: twice as long after each failure. Not
/// thread-safe.
final class Backoff {
  /// So many failures in a row are a crash loop.
  static final int CRASH_LOOP = 5;

  private final Duration least;
  private final Duration most;
  private int failures;

  /// @param least after the first failure
  /// @param most never longer
  Backoff(Duration least, Duration most) {
    this.least = least;
    this.most = most;
  }

  /// One more failure.
  ///
  /// @return how long to wait
  Duration failed() {
    failures++;
    // Far beyond any limit that makes sense, and far from an overflow.
    Duration wait = least.multipliedBy(1L << Math.min(failures - 1, 20));
    return wait.compareTo(most) < 0 ? wait : most;
  }

  /// It has run well for long enough.
  void reset() {
    failures = 0;
  }

  boolean isCrashLoop() {
    return failures >= CRASH_LOOP;
  }
}
