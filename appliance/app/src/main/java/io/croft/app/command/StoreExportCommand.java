package io.croft.app.command;

import io.croft.app.terminal.Progress;
import io.croft.store.Bytes;
import io.croft.store.transfer.Export;
import io.croft.store.transfer.ExportFile;
import io.croft.store.transfer.ExportSummary;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `croft store export`: a copy as lines of JSON.
@Command(
    name = "export",
    description = {
      "Writes keys and leases, as they are at one revision, to a new file of JSON lines, which"
          + " other tools can read. The appliance may run, and goes on meanwhile."
    },
    footer = {"", "Example:", "  croft store export --prefix /registry/configmaps/ maps.jsonl"})
final class StoreExportCommand implements Callable<Integer> {
  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();

  @Parameters(paramLabel = "FILE", description = "The file to make.")
  private Path file = Path.of("");

  @Option(
      names = "--prefix",
      paramLabel = "PREFIX",
      description = "Only keys that start with this. Default: all.")
  private String prefix = "";

  StoreExportCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    var source = StoreSource.of(common.configuration(shell));
    var progress = Progress.on(shell.err(), shell.interactive());
    progress.doing("export", "writing");
    String path =
        "/croft/v1/store/export?prefix=" + URLEncoder.encode(prefix, StandardCharsets.UTF_8);
    new NewFile(file)
        .write(out ->
            source.copy(
                path,
                out,
                (store, to) -> Export.write(store, Bytes.utf8(prefix), Instant.now(), to)));
    progress.doing("export", "verifying");
    ExportSummary export = ExportFile.verify(file);
    progress.done("export", "written");
    progress.settle();
    shell
        .out()
        .printf(
            "%s: revision %d, %d keys, %d leases%n",
            file, export.revision(), export.keys(), export.leases());
    return ExitCode.DONE.code();
  }
}
