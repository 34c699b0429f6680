package io.croft.app.command;

import io.croft.app.client.ApplianceClient;
import java.nio.file.Path;

/// The appliance that a command needs to be running.
final class RunningAppliance {
  private RunningAppliance() {}

  /// @throws CommandException when there is none
  static ApplianceClient client(Path dataDir) throws Exception {
    return new StoreSource(dataDir)
        .running()
        .orElseThrow(() ->
            new CommandException(
                ExitCode.NOT_READY,
                "not running (data directory %s); start it: croft up".formatted(dataDir)));
  }
}
