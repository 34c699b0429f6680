package io.croft.app.command;

import io.croft.app.runtime.Stores;
import io.croft.app.terminal.Progress;
import io.croft.store.transfer.Existing;
import io.croft.store.transfer.Import;
import io.croft.store.transfer.ImportReport;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `croft store import`: takes over what `croft store export` wrote.
@Command(
    name = "import",
    description = {
      "Writes the keys and leases of an export into the store of a data directory that is not in"
          + " use; makes the store when there is none.",
      "All of the file is verified before the first key is written."
    },
    footer = {"", "Example:", "  croft store import --data-dir /srv/other --merge keep maps.jsonl"})
final class StoreImportCommand implements Callable<Integer> {
  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();

  @Parameters(paramLabel = "FILE", description = "The export.")
  private Path file = Path.of("");

  @Option(
      names = "--merge",
      paramLabel = "RULE",
      description =
          "Allow a store that has keys. Of those that the export has, too: keep the store's, or"
              + " replace them.")
  private @Nullable Merge merge;

  StoreImportCommand(Shell shell) {
    this.shell = shell;
  }

  /// In lower case, because picocli reads and suggests the constants' names.
  private enum Merge {
    keep,
    replace
  }

  @Override
  public Integer call() throws Exception {
    Path dataDir = common.configuration(shell).dataDir();
    var progress = Progress.on(shell.err(), shell.interactive());
    progress.doing("import", "reading " + file);
    ImportReport report = Stores.create(dataDir, store -> Import.run(file, store, existing()));
    progress.done("import", "imported");
    progress.settle();
    shell
        .out()
        .printf(
            "%s: %d keys created, %d replaced, %d kept; %d leases%n",
            dataDir, report.created(), report.replaced(), report.kept(), report.leases());
    return ExitCode.DONE.code();
  }

  private Existing existing() {
    return switch (merge) {
      case null -> Existing.REFUSE;
      case keep -> Existing.KEEP;
      case replace -> Existing.REPLACE;
    };
  }
}
