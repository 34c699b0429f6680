package io.croft.app.command;

import io.croft.store.embedded.EmbeddedStore;

/// By how much `--bump` may raise a revision.
final class Bump {
  private Bump() {}

  static void check(long bump) {
    if (bump < 1 || bump > EmbeddedStore.MAX_BUMP) {
      throw new CommandException(
          ExitCode.WRONG_USAGE,
          "--bump must be 1 to %d, not %d".formatted(EmbeddedStore.MAX_BUMP, bump));
    }
  }
}
