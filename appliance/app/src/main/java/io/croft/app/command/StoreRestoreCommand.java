package io.croft.app.command;

import io.croft.app.runtime.Stores;
import io.croft.app.terminal.Progress;
import io.croft.store.embedded.Snapshot;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `croft store restore`: a new store from a snapshot.
@Command(
    name = "restore",
    description = {
      "Makes the store of a data directory that has none from a snapshot, which is verified first.",
      "Keys of certificates and of sealed Secrets are not in a store: to replace a lost or damaged"
          + " store, move DIR/store away and restore into the same data directory."
    },
    footer = {
      "",
      "Example:",
      "  croft down && mv /var/lib/croft/store /var/lib/croft-store.damaged &&",
      "    croft store restore before-upgrade.snapshot && croft up --detach"
    })
final class StoreRestoreCommand implements Callable<Integer> {
  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();

  @Parameters(paramLabel = "FILE", description = "The snapshot.")
  private Path file = Path.of("");

  @Option(
      names = "--bump",
      paramLabel = "N",
      defaultValue = "1000000000",
      description =
          "By how much to raise the revision, so that no client takes a new one for one that it has"
              + " seen. Default: 1000000000.")
  private long bump;

  StoreRestoreCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    Path dataDir = common.configuration(shell).dataDir();
    Bump.check(bump);
    var progress = Progress.on(shell.err(), shell.interactive());
    progress.doing("restore", "reading " + file);
    Snapshot snapshot = Stores.restore(file, dataDir, bump);
    progress.done("restore", "restored");
    progress.settle();
    shell
        .out()
        .printf(
            "%s: %d keys, %d leases, revision %d%n",
            dataDir, snapshot.keys(), snapshot.leases(), snapshot.revision() + bump);
    return ExitCode.DONE.code();
  }
}
