package io.croft.app.command;

import io.croft.app.terminal.Progress;
import io.croft.store.embedded.EmbeddedStore;
import io.croft.store.embedded.Snapshot;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `croft store snapshot`: a copy of what is there at one revision.
@Command(
    name = "snapshot",
    description = {
      "Writes all keys and leases, as they are at one revision, to a new file.",
      "The appliance may run, and goes on meanwhile."
    },
    footer = {"", "Example:", "  croft store snapshot before-upgrade.snapshot"})
final class StoreSnapshotCommand implements Callable<Integer> {
  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();

  @Parameters(paramLabel = "FILE", description = "The file to make.")
  private Path file = Path.of("");

  StoreSnapshotCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    var source = StoreSource.of(common.configuration(shell));
    var progress = Progress.on(shell.err(), shell.interactive());
    progress.doing("snapshot", "writing");
    new NewFile(file)
        .write(out -> source.copy("/croft/v1/store/snapshot", out, EmbeddedStore::snapshot));
    progress.doing("snapshot", "verifying");
    Snapshot snapshot = Snapshot.verify(file);
    progress.done("snapshot", "written");
    progress.settle();
    shell
        .out()
        .printf(
            "%s: revision %d, %d keys, %d leases, %d bytes%n",
            file, snapshot.revision(), snapshot.keys(), snapshot.leases(), Files.size(file));
    return ExitCode.DONE.code();
  }
}
