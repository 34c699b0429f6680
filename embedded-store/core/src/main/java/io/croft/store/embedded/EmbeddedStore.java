package io.croft.store.embedded;

import io.croft.store.Leases;
import io.croft.store.RangeRequest;
import io.croft.store.RangeResult;
import io.croft.store.ReadView;
import io.croft.store.Store;
import io.croft.store.StoreException;
import io.croft.store.StoreException.Invalid;
import io.croft.store.Txn;
import io.croft.store.TxnResult;
import io.croft.store.WatchStream;
import io.croft.store.internal.disk.Disk;
import io.croft.store.internal.disk.LocalDisk;
import io.croft.store.internal.state.Allowance;
import io.croft.store.internal.state.State;
import io.croft.store.internal.watch.WatchHub;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;

/// The store of one directory, in this process. `docs/store.md` describes its files and promises.
public final class EmbeddedStore implements Store {
  /// The most that a restore may raise the revision by; leaves revisions for longer than any store
  /// lives, however often it is restored.
  public static final long MAX_BUMP = 1_000_000_000_000L;

  private final StoreConfig config;
  private final State state;
  private final WatchHub hub;
  private final Writer writer;
  private final Leases leases;
  private final Thread thread;
  private final long answerBytes;

  private EmbeddedStore(StoreConfig config, Running running, Thread thread) {
    this.config = config;
    this.state = running.state();
    this.hub = running.hub();
    this.writer = running.writer();
    this.leases = running.leases();
    this.thread = thread;
    this.answerBytes = running.answerBytes();
  }

  /// Opens the store in a directory, which is created when it is missing.
  ///
  /// @throws StoreException.Corrupt when its files are damaged beyond repair by the store itself;
  ///   no file has been changed then
  /// @throws UncheckedIOException when the directory cannot be used, with the reason; also when
  ///   another process has it
  public static EmbeddedStore open(Path directory, StoreConfig config) {
    return open(Surroundings.of(directory), config);
  }

  static EmbeddedStore open(Surroundings surroundings, StoreConfig config) {
    CompletableFuture<Running> started = new CompletableFuture<>();
    // All of the store's work on files that an interrupt could disturb is done by this thread.
    Thread thread =
        Thread.ofPlatform()
            .name("store-writer")
            .daemon()
            .start(() -> run(surroundings, config, started));
    try {
      return new EmbeddedStore(config, started.join(), thread);
    } catch (CompletionException e) {
      throw unwrapped(e);
    }
  }

  /// Reads everything in the directory of a store that is not open, and looks whether it is sound.
  /// Changes nothing.
  ///
  /// @throws UncheckedIOException when the directory cannot be read, or is in use
  public static CheckReport check(Path directory, StoreConfig config) {
    try {
      requireDirectory(directory);
      try (Disk disk = LocalDisk.open(directory)) {
        return Check.of(disk, config);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  /// Makes a new store in `directory`, which must be empty or missing, from a snapshot. Keys and
  /// leases are as they were, there is no history, and the revision is raised, so that no client
  /// takes a new revision for one that it has seen before.
  ///
  /// @param bump by how much the revision is raised above the snapshot's, at least 1; more than the
  ///   original store may have done since
  /// @throws StoreException.Corrupt when the snapshot is damaged; nothing has been made then
  /// @throws UncheckedIOException when the directory cannot be used
  public static Snapshot restore(Path snapshot, Path directory, long bump, StoreConfig config) {
    try {
      return Restore.into(directory, snapshot, bump, config);
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  /// Saves what is certainly intact of a store that does not open because its log is damaged: its
  /// content as it was before the damage goes into a new store in `target`, which must be empty or
  /// missing. What was written later is lost, as far as no snapshot has it. Nothing in `directory`
  /// is changed.
  ///
  /// @param bump as for [#restore]; on top of all revisions that are found, also of those that are
  ///   lost
  /// @throws StoreException.Corrupt when the state is damaged, too; then only a snapshot helps
  /// @throws UncheckedIOException when a directory cannot be used
  public static SalvageReport salvage(Path directory, Path target, long bump, StoreConfig config) {
    try {
      requireDirectory(directory);
      try (Disk disk = LocalDisk.open(directory)) {
        return Salvage.from(disk, target, bump, config);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  private static void requireDirectory(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      throw new NoSuchFileException(directory + " is not a directory");
    }
  }

  /// Writes a snapshot of what is there now; meanwhile everything else goes on.
  ///
  /// @throws IOException as `to` does
  public Snapshot snapshot(OutputStream to) throws IOException {
    writer.checkOpen();
    try {
      return state.read(view -> {
        try {
          return Snapshot.write(view, to);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static RuntimeException unwrapped(CompletionException e) {
    return switch (e.getCause()) {
      case RuntimeException cause -> cause;
      case IOException cause -> new UncheckedIOException(cause.getMessage(), cause);
      case null, default -> e;
    };
  }

  private record Running(
      State state, WatchHub hub, Writer writer, Leases leases, long answerBytes) {}

  private static void run(
      Surroundings surroundings, StoreConfig config, CompletableFuture<Running> started) {
    HeapShares heap = surroundings.heap();
    try (Disk disk = surroundings.disk().open()) {
      Opening.Parts parts = Opening.open(disk, config, surroundings.retentionMillis());
      try {
        WatchHub hub =
            new WatchHub(
                parts.state(),
                config.watchBufferBytes(),
                heap.watchBuffers(),
                config.progressInterval());
        Writer writer = new Writer(config, heap, parts, hub, surroundings.nanoTime());
        Leases leases = new EmbeddedLeases(writer, parts.state(), writer.leases());
        started.complete(new Running(parts.state(), hub, writer, leases, heap.answer()));
        writer.run();
        hub.close();
      } finally {
        parts.state().close();
        parts.log().close();
        parts.file().close();
      }
    } catch (IOException | RuntimeException | Error e) {
      started.completeExceptionally(e);
    }
  }

  @Override
  public long revision() {
    return state.read(view -> view.revision());
  }

  @Override
  public long compactedRevision() {
    return state.read(view -> view.compacted());
  }

  @Override
  public long sizeBytes() {
    Checkpointer.Sizes sizes = writer.sizes();
    return sizes.file() + sizes.log();
  }

  @Override
  public long usedBytes() {
    Checkpointer.Sizes sizes = writer.sizes();
    return sizes.used() + sizes.log();
  }

  @Override
  public boolean isFull() {
    return writer.isFull();
  }

  @Override
  public TxnResult txn(Txn txn) {
    long size = TxnRules.check(txn, config.maxRequestBytes());
    if (TxnRun.isReadOnly(txn)) {
      writer.checkOpen();
      return state.read(
          view -> new TxnRun(new Scope.ReadOnly(view, new Allowance(answerBytes))).run(txn));
    }
    return writer.perform(size, mutation -> new TxnRun(mutation).run(txn));
  }

  @Override
  public RangeResult range(RangeRequest request) {
    if (request.key().isEmpty()) {
      throw new Invalid(Invalid.Rule.EMPTY_KEY);
    }
    writer.checkOpen();
    return state.read(view -> view.range(request, new Allowance(answerBytes)));
  }

  @Override
  public <T> T read(Function<ReadView, T> reader) {
    writer.checkOpen();
    return state.read(reader::apply);
  }

  @Override
  public WatchStream watchStream() {
    writer.checkOpen();
    return hub.open();
  }

  @Override
  public void compact(long revision) {
    writer.perform(mutation -> {
      long current = mutation.view().revision();
      if (revision > current) {
        throw new StoreException.FutureRevision(revision, current);
      }
      if (revision <= mutation.view().compacted()) {
        throw new StoreException.Compacted(revision, mutation.view().compacted());
      }
      mutation.compact(revision);
      return revision;
    });
  }

  /// Another one for every store that was begun or restored: revisions can be compared only within
  /// one.
  public long id() {
    return state.storeId();
  }

  /// Figures for an operator.
  public StoreStatus status() {
    Checkpointer.Sizes sizes = writer.sizes();
    return state.read(view ->
        new StoreStatus(
            view.revision(),
            view.compacted(),
            view.size(),
            view.historyLength(),
            sizes.file(),
            sizes.used(),
            sizes.log(),
            writer.isFull()));
  }

  /// A checksum of all keys, values and revisions as they were at `revision` (0 for now): two
  /// stores with the same content have the same.
  ///
  /// @throws StoreException.Compacted when the revision is gone
  /// @throws StoreException.FutureRevision when it is not there yet
  public int hash(long revision) {
    return state.read(view -> view.hash(revision));
  }

  /// What waits in a stream of this store, in bytes; for tests.
  static long waitingBytes(WatchStream stream) {
    return WatchHub.waitingBytes(stream);
  }

  /// Whether compaction has more to remove; for tests.
  boolean isCompacting() {
    return writer.isCompacting();
  }

  /// Whether the last write is marked as durable in the log; for tests.
  boolean isLogConfirmed() {
    return writer.perform(mutation -> writer.isLogConfirmed());
  }

  /// Completes with the cause when the store has stopped after a failure: from then on all requests
  /// are refused as `Closed`, until it is closed and opened again. Never completes for a store that
  /// was only closed.
  public CompletableFuture<Throwable> failed() {
    return writer.failed().copy();
  }

  @Override
  public Leases leases() {
    return leases;
  }

  @Override
  public void close() {
    writer.close();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
