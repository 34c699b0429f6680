package io.croft.app.command;

/// By how much `--bump` may raise a revision.
final class Bump {
  /// As the store has it.
  private static final long MOST = 1_000_000_000_000L;

  private Bump() {}

  static void check(long bump) {
    if (bump < 1 || bump > MOST) {
      throw new CommandException(
          ExitCode.WRONG_USAGE, "--bump must be 1 to %d, not %d".formatted(MOST, bump));
    }
  }
}
