package io.croft.app.command;

import org.jspecify.annotations.Nullable;

/// Ends a command with an exit code and one line that names the cause and the mend.
public final class CommandException extends RuntimeException {
  private final ExitCode exitCode;

  public CommandException(ExitCode exitCode, String message) {
    this(exitCode, message, null);
  }

  public CommandException(ExitCode exitCode, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
  }

  public ExitCode exitCode() {
    return exitCode;
  }

  /// What a process ends with whose store cannot go on.
  static CommandException storeFailed(Throwable cause) {
    return new CommandException(
        ExitCode.FAILED,
        "the store stopped after a failure (%s); start it again once that is mended"
            .formatted(cause),
        cause);
  }
}
