package io.croft.app.command;

/// What a command tells the script that called it.
public enum ExitCode {
  DONE(0),
  FAILED(1),
  WRONG_USAGE(2),
  NOT_READY(3),
  NOT_ALLOWED(4);

  private final int code;

  ExitCode(int code) {
    this.code = code;
  }

  public int code() {
    return code;
  }
}
