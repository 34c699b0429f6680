package io.croft.store.embedded;

import io.croft.store.Leases;
import io.croft.store.RangeRequest;
import io.croft.store.RangeResult;
import io.croft.store.Store;
import io.croft.store.StoreException;
import io.croft.store.StoreException.Invalid;
import io.croft.store.Txn;
import io.croft.store.TxnResult;
import io.croft.store.WatchStream;
import io.croft.store.internal.disk.Disk;
import io.croft.store.internal.state.State;
import io.croft.store.internal.watch.WatchHub;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/// The store of one directory, in this process. `docs/store.md` describes its files and promises.
public final class EmbeddedStore implements Store {
  private final StoreConfig config;
  private final State state;
  private final WatchHub hub;
  private final Writer writer;
  private final Leases leases;
  private final Thread thread;

  private EmbeddedStore(StoreConfig config, Running running, Thread thread) {
    this.config = config;
    this.state = running.state();
    this.hub = running.hub();
    this.writer = running.writer();
    this.leases = running.leases();
    this.thread = thread;
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

  private static RuntimeException unwrapped(CompletionException e) {
    return switch (e.getCause()) {
      case RuntimeException cause -> cause;
      case IOException cause -> new UncheckedIOException(cause.getMessage(), cause);
      case null, default -> e;
    };
  }

  private record Running(State state, WatchHub hub, Writer writer, Leases leases) {}

  private static void run(
      Surroundings surroundings, StoreConfig config, CompletableFuture<Running> started) {
    try (Disk disk = surroundings.disk().open()) {
      Opening.Parts parts = Opening.open(disk, config, surroundings.retentionMillis());
      try {
        LeaseClock clock = new LeaseClock(surroundings.nanoTime());
        WatchHub hub =
            new WatchHub(parts.state(), config.watchBufferBytes(), config.progressInterval());
        Writer writer = new Writer(config, parts, hub, clock);
        Leases leases = new EmbeddedLeases(writer, parts.state(), clock);
        started.complete(new Running(parts.state(), hub, writer, leases));
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
    return writer.usedBytes();
  }

  @Override
  public TxnResult txn(Txn txn) {
    TxnRules.check(txn, config.maxRequestBytes());
    if (TxnRun.isReadOnly(txn)) {
      writer.checkOpen();
      return state.read(view -> new TxnRun(new Scope.ReadOnly(view)).run(txn));
    }
    return writer.perform(mutation -> new TxnRun(mutation).run(txn));
  }

  @Override
  public RangeResult range(RangeRequest request) {
    if (request.key().isEmpty()) {
      throw new Invalid(Invalid.Rule.EMPTY_KEY);
    }
    writer.checkOpen();
    return state.read(view -> view.range(request));
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

  /// How many changes the history has; for tests.
  long historyLength() {
    return state.read(view -> view.historyLength());
  }

  /// Whether compaction has more to remove; for tests.
  boolean isCompacting() {
    return writer.isCompacting();
  }

  /// Whether the last write is marked as durable in the log; for tests.
  boolean isLogConfirmed() {
    return writer.perform(mutation -> writer.isLogConfirmed());
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
