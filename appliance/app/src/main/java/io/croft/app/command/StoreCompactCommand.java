package io.croft.app.command;

import io.croft.app.client.ApplianceClient;
import io.croft.app.config.Configuration;
import io.croft.app.runtime.Stores;
import io.croft.model.Json;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `croft store compact`: forgets history.
@Command(
    name = "compact",
    description = {
      "Forgets the history before a revision; what is there now stays. The appliance may run.",
      "This happens by itself, too: history is kept for 15 minutes."
    },
    footer = {"", "Example:", "  croft store compact"})
final class StoreCompactCommand implements Callable<Integer> {
  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();

  @Option(
      names = "--revision",
      paramLabel = "N",
      description = "The oldest revision to keep. Default: the current one.")
  private @Nullable Long revision;

  StoreCompactCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    Configuration configuration = common.configuration(shell);
    Optional<ApplianceClient> running = StoreSource.of(configuration).running();
    long compacted =
        running.isPresent() ? compact(running.get()) : compact(configuration.dataDir());
    shell.out().println("compacted at revision " + compacted);
    return ExitCode.DONE.code();
  }

  private long compact(ApplianceClient appliance) throws Exception {
    String query = revision == null ? "" : "?revision=" + revision;
    try (appliance) {
      return appliance
          .write("POST", "/croft/v1/store/compact" + query, "application/json", Json.object())
          .path("revision")
          .asLong();
    }
  }

  private long compact(Path dataDir) throws Exception {
    return Stores.open(
        dataDir,
        store -> {
          long target = revision == null ? store.revision() : revision;
          if (revision != null || store.compactedRevision() < target) {
            store.compact(target);
          }
          return target;
        });
  }
}
