package io.croft.app.terminal;

import java.io.PrintStream;

/// Shows how far something has come that may take longer than two seconds. Callable from any
/// thread.
public interface Progress {
  /// A step has begun, or goes on with something else.
  ///
  /// @param activity what it does now, for example `starting`
  void doing(String step, String activity);

  /// A step has ended.
  ///
  /// @param outcome how, for example `running`
  void done(String step, String outcome);

  /// A step has failed.
  void failed(String step, String outcome);

  /// What was shown stays as it is; something else may be printed, and later steps begin below it.
  void settle();

  /// @param live whether lines may be redrawn; otherwise each ended step gets a line of its own
  static Progress on(PrintStream out, boolean live) {
    return live ? new LiveProgress(out) : new PlainProgress(out);
  }
}
