package io.croft.store.embedded;

import io.croft.store.internal.disk.Disk;
import io.croft.store.internal.disk.NoSpaceException;
import io.croft.store.internal.log.LogPosition;
import io.croft.store.internal.log.WriteAheadLog;
import io.croft.store.internal.state.Checkpoint;
import io.croft.store.internal.state.FreeSpace;
import io.croft.store.internal.state.State;
import io.croft.store.internal.state.Tidying;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Has the state written to disk from time to time, so that the log stays short. The writing itself
/// is done by a thread of its own, one at a time; everything else here is for the writer.
final class Checkpointer {
  private static final long MIN_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  /// The most that is evacuated at a time, in bytes; a chunk with more waits until it has less.
  private static final int MAX_EVACUATION = 64 << 20;

  private static final long GARBAGE_NANOS = TimeUnit.SECONDS.toNanos(15);
  private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final StoreConfig config;
  private final Disk disk;
  private final State state;
  private final WriteAheadLog log;
  private final SpaceGuard space;
  private final LongSupplier nanoTime;
  private final Runnable wake;
  private final long retryNanos;

  private LogPosition last;
  private long lastNanos;
  private long logBytesAtLast;
  private volatile Sizes sizes = new Sizes(0, 0, 0);
  private @Nullable Writing writing;

  /// What found no space on the disk, and when.
  private @Nullable Checkpoint postponed;

  private long postponedNanos;

  /// What there is on disk, in bytes.
  ///
  /// @param used what of the state's file is in use
  record Sizes(long file, long used, long log) {}

  /// A checkpoint that is being written.
  private record Writing(Checkpoint checkpoint, CompletableFuture<Void> done) {}

  /// @param nanoTime as `System.nanoTime`
  /// @param wake has the writer come and look
  Checkpointer(
      StoreConfig config,
      Opening.Parts parts,
      SpaceGuard space,
      LongSupplier nanoTime,
      Runnable wake)
      throws IOException {
    this.config = config;
    this.disk = parts.disk();
    this.state = parts.state();
    this.log = parts.log();
    this.space = space;
    this.nanoTime = nanoTime;
    this.lastNanos = nanoTime.getAsLong();
    this.wake = wake;
    this.retryNanos = Math.min(RETRY_NANOS, config.checkpointInterval().toNanos());
    this.last = state.position();
    measure();
  }

  /// Does what is to be done now: ends a checkpoint that has been written, begins one that is due.
  ///
  /// @throws NoSpaceException when a checkpoint does not fit on the disk; it is tried again later
  /// @throws IOException on any other failure; the store cannot go on
  void look() throws IOException {
    if (writing != null && (writing.done().isDone() || isFarBehind())) {
      await(writing);
    }
    if (postponed != null) {
      if (nanoTime.getAsLong() - postponedNanos >= retryNanos) {
        write(postponed);
      }
    } else if (writing == null && isDue()) {
      begin();
    }
  }

  /// As of the last checkpoint; for any thread.
  Sizes sizes() {
    return sizes;
  }

  /// What there is room for besides all that waits to be written.
  SpaceGuard.Room room() throws IOException {
    long waiting = state.unsavedBytes();
    if (writing != null) {
      waiting += writing.checkpoint().bytes();
    }
    if (postponed != null) {
      waiting += postponed.bytes();
    }
    long usable = usableBytes() - waiting;
    if (usable >= config.reserveBytes()) {
      return new SpaceGuard.Room(usable, usable);
    }
    FreeSpace free = state.freeSpace();
    return new SpaceGuard.Room(
        usable + free.total(), Math.max(usable + free.tail(), free.largest() - waiting));
  }

  /// A file system that does not tell is found full when something does not fit.
  private long usableBytes() {
    try {
      return disk.usableBytes();
    } catch (IOException _) {
      return Long.MAX_VALUE;
    }
  }

  /// Whether the state cannot be written for lack of space.
  boolean isPostponed() {
    return postponed != null;
  }

  /// When to look again, in nanoseconds from now.
  long nanosToNext() {
    if (postponed != null) {
      return retryNanos;
    }
    if (writing != null || !isUseful()) {
      return Long.MAX_VALUE;
    }
    return Math.max(MIN_PAUSE_NANOS, intervalNanos() - (nanoTime.getAsLong() - lastNanos));
  }

  /// Has all of the state on disk.
  void close() throws IOException {
    if (writing != null) {
      await(writing);
    }
    if (postponed != null) {
      write(postponed);
    } else if (isUseful()) {
      begin();
    }
    if (writing != null) {
      await(writing);
    }
  }

  private boolean isDue() {
    return (log.appendedBytes() - logBytesAtLast >= config.checkpointLogBytes()
            || state.unsavedBytes() >= config.checkpointMemoryBytes()
            || state.unsavedBytes() >= space.piece()
            || nanoTime.getAsLong() - lastNanos >= intervalNanos())
        && isUseful();
  }

  /// When there is no space, even little of it is worth much writing.
  private Tidying tidying() {
    long movable = Math.min(space.movable(), MAX_EVACUATION);
    return space.isFull()
        ? new Tidying(64 << 10, 90, movable, 0)
        : new Tidying(8 << 20, 60, movable, 4 << 20);
  }

  private boolean isUseful() {
    return state.isDirty() || state.hasGarbage(tidying());
  }

  /// Checkpoints are also what gives space back, so that they are made more often when there is
  /// some to give, and more often still when it is needed.
  private long intervalNanos() {
    long interval = config.checkpointInterval().toNanos();
    if (space.isFull()) {
      return retryNanos;
    }
    return state.hasGarbage(tidying()) ? Math.min(interval, GARBAGE_NANOS) : interval;
  }

  /// Whether the next one would be due twice over: then writes must wait for the disk.
  private boolean isFarBehind() {
    return state.unsavedBytes() >= 2 * config.checkpointMemoryBytes();
  }

  private void begin() {
    lastNanos = nanoTime.getAsLong();
    logBytesAtLast = log.appendedBytes();
    write(state.checkpoint(log.end(), tidying()));
  }

  private void write(Checkpoint checkpoint) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    writing = new Writing(checkpoint, done);
    postponed = null;
    Thread.ofPlatform()
        .name("store-checkpoint")
        .daemon()
        .start(() -> {
          try {
            checkpoint.write();
            done.complete(null);
          } catch (IOException | RuntimeException | Error e) {
            done.completeExceptionally(e);
          }
          wake.run();
        });
  }

  private void await(Writing written) throws IOException {
    writing = null;
    try {
      written.done().join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof NoSpaceException full) {
        postponed = written.checkpoint();
        postponedNanos = nanoTime.getAsLong();
        throw full;
      }
      throw new IOException("the state could not be written: " + e.getCause(), e.getCause());
    }
    finish(written.checkpoint());
  }

  /// The log is kept from the checkpoint before this one on, so that the store can still be opened
  /// should this one turn out to be damaged.
  private void finish(Checkpoint checkpoint) throws IOException {
    state.finish(checkpoint, tidying());
    log.forgetBefore(last);
    last = checkpoint.position();
    measure();
  }

  private void measure() throws IOException {
    sizes = new Sizes(state.fileBytes(), state.usedBytes(), log.bytes());
    space.setUsedBytes(sizes.used() + sizes.log());
  }
}
