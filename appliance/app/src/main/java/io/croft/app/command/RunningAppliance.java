package io.croft.app.command;

import io.croft.app.client.ApplianceClient;
import io.croft.app.config.Configuration;

/// The appliance that a command needs to be running.
final class RunningAppliance {
  private RunningAppliance() {}

  /// @throws CommandException when there is none
  static ApplianceClient client(Configuration configuration) throws Exception {
    return StoreSource.of(configuration)
        .running()
        .orElseThrow(() ->
            new CommandException(
                ExitCode.NOT_READY,
                "not running (data directory %s); start it: croft up"
                    .formatted(configuration.dataDir())));
  }
}
