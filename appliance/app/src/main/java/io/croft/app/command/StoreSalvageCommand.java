package io.croft.app.command;

import io.croft.app.runtime.Stores;
import io.croft.app.terminal.Progress;
import io.croft.store.embedded.SalvageReport;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `croft store salvage`: what is certainly intact of a store that does not open.
@Command(
    name = "salvage",
    description = {
      "Makes a new store from what stands before the damage in the log of one that does not open,"
          + " and tells what is lost. The damaged store stays as it is.",
      "A snapshot, if there is a newer one, is the better choice: croft store restore."
    },
    footer = {
      "",
      "Example:",
      "  croft store salvage /var/lib/croft/store.salvaged && cd /var/lib/croft &&",
      "    mv store store.damaged && mv store.salvaged store && croft up --detach"
    })
final class StoreSalvageCommand implements Callable<Integer> {
  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();

  @Parameters(paramLabel = "DIR", description = "Where the new store goes; empty or missing.")
  private Path target = Path.of("");

  @Option(
      names = "--bump",
      paramLabel = "N",
      defaultValue = "1000000000",
      description =
          "By how much to raise the revision, so that no client takes a new one for one that it has"
              + " seen. Default: 1000000000.")
  private long bump;

  StoreSalvageCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    Path dataDir = common.configuration(shell).dataDir();
    Bump.check(bump);
    var progress = Progress.on(shell.err(), shell.interactive());
    progress.doing("salvage", "reading");
    SalvageReport report = Stores.salvage(dataDir, target, bump);
    progress.done("salvage", "saved");
    progress.settle();
    var out = shell.out();
    out.printf(
        "%s: %d keys, %d leases, as of revision %d; now revision %d%n",
        target, report.keys(), report.leases(), report.revision(), report.newRevision());
    out.println(
        report.damage() == null
            ? "the log is intact; nothing is lost"
            : "damage: %s%nlost: at least %d revisions after %d"
                .formatted(report.damage(), report.lost(), report.revision()));
    return ExitCode.DONE.code();
  }
}
