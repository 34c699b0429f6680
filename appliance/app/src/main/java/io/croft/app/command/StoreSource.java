package io.croft.app.command;

import io.croft.app.client.ApplianceClient;
import io.croft.app.config.Configuration;
import io.croft.app.runtime.Endpoint;
import io.croft.app.runtime.PkiSettings;
import io.croft.app.runtime.Stores;
import io.croft.base.RunningProcess;
import io.croft.base.Settings;
import io.croft.pki.PkiException;
import io.croft.store.embedded.EmbeddedStore;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Optional;

/// The store of a data directory, wherever it is open: in the appliance that runs on it, or here.
record StoreSource(Path dataDir, Settings settings) {
  static StoreSource of(Configuration configuration) {
    return new StoreSource(configuration.dataDir(), configuration.settings());
  }

  /// Asks the appliance as its administrator.
  static ApplianceClient client(Configuration configuration, Endpoint endpoint)
      throws PkiException, IOException {
    return of(configuration).client(endpoint);
  }

  private ApplianceClient client(Endpoint endpoint) throws PkiException, IOException {
    return ApplianceClient.open(dataDir.resolve("pki"), PkiSettings.keys(settings), endpoint);
  }

  /// Writes something of a store.
  @FunctionalInterface
  interface Copying {
    void copy(EmbeddedStore store, OutputStream to) throws IOException;
  }

  /// @param path where a running appliance answers with what `copying` would write
  void copy(String path, OutputStream to, Copying copying) throws Exception {
    Optional<ApplianceClient> running = running();
    if (running.isPresent()) {
      try (ApplianceClient client = running.get()) {
        client.download(path, to);
      }
      return;
    }
    Stores.open(
        dataDir,
        store -> {
          copying.copy(store, to);
          return store.revision();
        });
  }

  /// A way to the appliance that uses the data directory; empty when no process does.
  ///
  /// @throws CommandException when a process uses it that does not serve the API
  Optional<ApplianceClient> running() throws Exception {
    Optional<RunningProcess> process = RunningProcess.of(dataDir);
    if (process.isEmpty()) {
      return Optional.empty();
    }
    Endpoint endpoint =
        Endpoint.read(dataDir)
            .orElseThrow(() ->
                new CommandException(
                    ExitCode.NOT_READY,
                    "process %d uses the store, and is no appliance that is ready; ask it over etcd's API if it is \"croft store serve\""
                        .formatted(process.get().pid())));
    return Optional.of(client(endpoint));
  }
}
