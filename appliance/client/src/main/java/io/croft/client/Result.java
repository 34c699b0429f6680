package io.croft.client;

import java.time.Duration;

/// What a successful reconciliation asks for.
///
/// @param requeueAfter when to look again although nothing has changed; zero for never
public record Result(Duration requeueAfter) {
  /// Nothing more until something changes.
  public static final Result DONE = new Result(Duration.ZERO);

  public Result {
    if (requeueAfter.isNegative()) {
      throw new IllegalArgumentException("requeueAfter must not be negative: " + requeueAfter);
    }
  }

  public static Result after(Duration requeueAfter) {
    return new Result(requeueAfter);
  }
}
