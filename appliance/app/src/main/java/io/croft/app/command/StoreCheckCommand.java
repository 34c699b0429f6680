package io.croft.app.command;

import io.croft.app.runtime.Stores;
import io.croft.app.terminal.Progress;
import io.croft.model.Json;
import io.croft.store.embedded.CheckReport;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `croft store check`: whether everything in the store is readable and as it was written.
@Command(
    name = "check",
    description = {
      "Reads all of a store that is not in use, and tells whether it is sound; changes nothing.",
      "Exit code 1 when it is not."
    },
    footer = {"", "Example:", "  croft store check -o json"})
final class StoreCheckCommand implements Callable<Integer> {
  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();
  @Mixin private final OutputOption output = new OutputOption();

  StoreCheckCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    Path dataDir = common.configuration(shell).dataDir();
    var progress = Progress.on(shell.err(), shell.interactive());
    progress.doing("store", "reading");
    CheckReport report = Stores.check(dataDir);
    if (report.isSound()) {
      progress.done("store", report.notes().isEmpty() ? "sound" : "sound, but note");
    } else {
      progress.failed("store", "damaged");
    }
    progress.settle();
    switch (output.format) {
      case table -> printTable(report);
      case json -> printJson(report);
    }
    return (report.isSound() ? ExitCode.DONE : ExitCode.FAILED).code();
  }

  private void printTable(CheckReport report) {
    if (report.revision() > 0) { // it could be read
      var table = new Table("REVISION", "COMPACTED", "KEYS", "LEASES");
      table.row(
          String.valueOf(report.revision()),
          String.valueOf(report.compactedRevision()),
          String.valueOf(report.keys()),
          String.valueOf(report.leases()));
      table.print(shell.out());
    }
    report.notes().forEach(note -> shell.out().println("note: " + note));
    report.problems().forEach(problem -> shell.out().println("problem: " + problem));
    if (!report.isSound()) {
      shell.out().println("what to do: docs/store.md, \"When something is damaged\"");
    }
  }

  private void printJson(CheckReport report) {
    var root =
        Json.object()
            .put("sound", report.isSound())
            .put("revision", report.revision())
            .put("compactedRevision", report.compactedRevision())
            .put("keys", report.keys())
            .put("leases", report.leases());
    var problems = root.putArray("problems");
    report.problems().forEach(problems::add);
    var notes = root.putArray("notes");
    report.notes().forEach(notes::add);
    shell.out().println(root.toPrettyString());
  }
}
