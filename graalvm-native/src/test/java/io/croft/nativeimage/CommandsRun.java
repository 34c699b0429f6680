package io.croft.nativeimage;

import io.croft.app.command.CroftCommand;
import io.croft.app.command.Shell;
import java.util.Map;

/// Several commands of croft in one process, each of which must do well.
public final class CommandsRun {
  private CommandsRun() {}

  /// @param arguments command lines, each in one word
  public static void main(String[] arguments) {
    var shell = new Shell(Map.of(), System.out, System.err, false);
    for (String line : arguments) {
      int code = CroftCommand.run(shell, line.split(" "));
      if (code != 0) {
        throw new IllegalStateException("croft " + line + " ended with code " + code);
      }
    }
  }
}
