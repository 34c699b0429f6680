package io.croft.app.command;

import io.croft.app.runtime.Stores;
import io.croft.app.terminal.Progress;
import io.croft.store.Bytes;
import io.croft.store.etcd.EtcdClientTls;
import io.croft.store.etcd.EtcdSource;
import io.croft.store.transfer.Existing;
import io.croft.store.transfer.ExportFile;
import io.croft.store.transfer.Import;
import io.croft.store.transfer.ImportReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `croft store import`: takes over what `croft store export` wrote, or what an etcd or kine has.
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

  @Parameters(paramLabel = "FILE", arity = "0..1", description = "The export.")
  private @Nullable Path file;

  @Option(
      names = "--from",
      paramLabel = "URL",
      description =
          "The etcd or kine to read: http://HOST:PORT, https://HOST:PORT or unix://PATH. It goes on"
              + " meanwhile; what is written there later is not taken over.")
  private @Nullable String from;

  @Option(
      names = "--prefix",
      paramLabel = "PREFIX",
      description = "With --from: only keys that start with this. Default: all.")
  private String prefix = "";

  @Option(
      names = "--ca",
      paramLabel = "FILE",
      description = "With --from: authorities of the server's certificate (PEM).")
  private @Nullable Path ca;

  @Option(
      names = "--cert",
      paramLabel = "FILE",
      description = "With --from: the client's certificate (PEM).")
  private @Nullable Path cert;

  @Option(
      names = "--key",
      paramLabel = "FILE",
      description = "With --from: the client certificate's key (PEM).")
  private @Nullable Path key;

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
    if (file == null && from == null) {
      throw wrongUsage("FILE is needed, or --from");
    }
    if (file != null && from != null) {
      throw wrongUsage("FILE and --from exclude each other");
    }
    if (from == null && (ca != null || cert != null || key != null || !prefix.isEmpty())) {
      throw wrongUsage("--prefix, --ca, --cert and --key are for --from");
    }
    Path dataDir = common.configuration(shell).dataDir();
    var progress = Progress.on(shell.err(), shell.interactive());
    progress.doing("import", "reading " + (file == null ? from : file));
    ImportReport report = file == null ? fetchAndRun(dataDir) : run(dataDir, file);
    progress.done("import", "imported");
    progress.settle();
    shell
        .out()
        .printf(
            "%s: %d keys created, %d replaced, %d kept; %d leases%n",
            dataDir, report.created(), report.replaced(), report.kept(), report.leases());
    return ExitCode.DONE.code();
  }

  private ImportReport run(Path dataDir, Path export) throws Exception {
    ExportFile.verify(export); // before there is a store
    return Stores.create(dataDir, store -> Import.run(export, store, existing()));
  }

  /// By way of a file, so that nothing is written before all of it is there.
  private ImportReport fetchAndRun(Path dataDir) throws Exception {
    Path directory = Files.createTempDirectory("croft-import"); // with mode 0700
    Path export = directory.resolve("export.jsonl");
    var hook = Thread.ofPlatform().unstarted(() -> remove(directory)); // there are secrets in it
    Runtime.getRuntime().addShutdownHook(hook);
    try (var source = source()) {
      new NewFile(export).write(out -> source.export(Bytes.utf8(prefix), Instant.now(), out));
      return run(dataDir, export);
    } finally {
      remove(directory);
    }
  }

  /// Also while a file in it is being written. Repeatable.
  private static void remove(Path directory) {
    try (var files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
      Files.deleteIfExists(directory);
    } catch (NoSuchFileException _) {
      // It has been removed before.
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove " + directory, e);
    }
  }

  private EtcdSource source() throws IOException {
    try {
      return EtcdSource.of(Objects.requireNonNull(from), tls());
    } catch (IllegalArgumentException e) {
      throw new CommandException(ExitCode.WRONG_USAGE, String.valueOf(e.getMessage()), e);
    }
  }

  private EtcdClientTls tls() throws IOException {
    if ((cert == null) != (key == null)) {
      throw wrongUsage("--cert and --key need each other");
    }
    return new EtcdClientTls(
        TlsFiles.certificates(ca),
        cert == null || key == null ? null : TlsFiles.identity(cert, key, List.of()));
  }

  private static CommandException wrongUsage(String message) {
    return new CommandException(ExitCode.WRONG_USAGE, message);
  }

  private Existing existing() {
    return switch (merge) {
      case null -> Existing.REFUSE;
      case keep -> Existing.KEEP;
      case replace -> Existing.REPLACE;
    };
  }
}
