package io.croft.app;

import io.croft.app.command.CroftCommand;
import io.croft.app.command.Shell;

/// Where `croft` begins.
public final class Main {
  private Main() {}

  /// Runs one command and ends the process with its exit code.
  public static void main(String[] arguments) {
    System.exit(CroftCommand.run(Shell.ofProcess(), arguments));
  }
}
