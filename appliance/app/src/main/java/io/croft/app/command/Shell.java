package io.croft.app.command;

import java.io.Console;
import java.io.PrintStream;
import java.util.Map;

/// The shell that a command was called from.
///
/// @param environment its environment variables
/// @param out where results go
/// @param err where errors, warnings and progress go
/// @param interactive whether a person watches, so that lines may be redrawn
public record Shell(
    Map<String, String> environment, PrintStream out, PrintStream err, boolean interactive) {
  public Shell {
    environment = Map.copyOf(environment);
  }

  /// The shell of this process.
  @SuppressWarnings(
      "SystemConsoleNull") // JDK 25 went back to null without a terminal (JDK-8351435)
  public static Shell ofProcess() {
    Console console = System.console();
    boolean interactive =
        console != null && console.isTerminal() && !"dumb".equals(System.getenv("TERM"));
    return new Shell(System.getenv(), System.out, System.err, interactive);
  }
}
