package io.croft.store.embedded;

import io.croft.store.StoreException;
import io.croft.store.internal.disk.NoSpaceException;
import io.croft.store.internal.log.WriteAheadLog;
import io.croft.store.internal.state.Allowance;
import io.croft.store.internal.state.Change;
import io.croft.store.internal.state.Commit;
import io.croft.store.internal.state.State;
import io.croft.store.internal.watch.Committed;
import io.croft.store.internal.watch.WatchHub;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Does all changes, on one platform thread of its own: nobody else can interrupt it, which neither
/// MVStore nor a `FileChannel` would survive. Takes what waits as one batch, does it in memory, has
/// the log make it durable with one sync, and only then shows it and answers.
final class Writer {
  private static final Logger LOG = LoggerFactory.getLogger(Writer.class);

  /// The most requests of a batch.
  private static final int MAX_BATCH = 1024;

  /// About the most bytes of a batch.
  private static final long MAX_BATCH_BYTES = 4 << 20;

  /// How many changes compaction removes at once; small, as writes wait for it.
  private static final int COMPACTION_STEP = 20;

  private static final int SMALL_COMPACTION_STEP = 4;

  /// How many steps it does, when nothing waits.
  private static final int COMPACTION_STEPS = 10;

  private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long EXPIRY_RETRY_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final StoreConfig config;
  private final State state;
  private final WriteAheadLog log;
  private final WatchHub hub;
  private final LeaseClock leases;

  /// The leases that have run out but could not be revoked.
  private final Set<Long> stuck = new HashSet<>();

  private final HistoryKeeper history;
  private final SpaceGuard space;
  private final Checkpointer checkpointer;
  private final BlockingQueue<Task<?>> queue;
  private final HeapShares heap;

  /// What the tasks in the queue take, in bytes.
  private final AtomicLong queuedBytes = new AtomicLong();

  private volatile boolean closing;
  private volatile StoreException.@Nullable Closed failure;
  private final CompletableFuture<Throwable> failed = new CompletableFuture<>();
  private volatile boolean compacting;

  /// Whether the log was told that the disk is full, and not yet that it has space again.
  private boolean toldFull;

  Writer(
      StoreConfig config, HeapShares heap, Opening.Parts parts, WatchHub hub, LongSupplier nanoTime)
      throws IOException {
    this.heap = heap;
    this.config = config;
    this.state = parts.state();
    this.log = parts.log();
    this.hub = hub;
    this.leases = new LeaseClock(nanoTime);
    this.history = new HistoryKeeper(config.historyRetention(), nanoTime);
    this.space = new SpaceGuard(config.quotaBytes(), config.reserveBytes(), state::unsavedBytes);
    this.queue = new ArrayBlockingQueue<>(config.maxQueuedWrites());
    this.checkpointer = new Checkpointer(config, parts, space, nanoTime, this::wake);
    this.compacting = state.compacted() > 0;
    state.read(view -> view.leases()).forEach(this::startLease);
  }

  private void startLease(long lease) {
    Long seconds = state.view().leaseSeconds(lease);
    leases.start(lease, seconds == null ? EmbeddedLeases.MIN_TTL : seconds);
  }

  /// Has the writer do something, and waits until it is on disk.
  ///
  /// @param work reads and changes through the mutation; when it throws, nothing is changed
  <T> T perform(Function<Mutation, T> work) {
    return perform(0, work);
  }

  /// @param size what the work takes on the heap while it waits, about, in bytes
  <T> T perform(long size, Function<Mutation, T> work) {
    Task<T> task = new Task<>(size, work);
    checkOpen();
    enqueue(task);
    // The writer may have ended between the check and the offer; then nobody else takes the task.
    if ((closing || failure != null) && queue.remove(task)) {
      throw closed();
    }
    return task.await();
  }

  /// Anything fits into an empty queue.
  private void enqueue(Task<?> task) {
    long others = queuedBytes.getAndAdd(task.size());
    if (others > 0 && others + task.size() > heap.queuedWrites()) {
      queuedBytes.addAndGet(-task.size());
      throw StoreException.Overloaded.byBytes(heap.queuedWrites());
    }
    if (!queue.offer(task)) {
      queuedBytes.addAndGet(-task.size());
      throw new StoreException.Overloaded(config.maxQueuedWrites());
    }
  }

  void checkOpen() {
    if (closing || failure != null) {
      throw closed();
    }
  }

  private StoreException.Closed closed() {
    StoreException.Closed reason = failure;
    return new StoreException.Closed(reason == null ? "the store is closed" : message(reason));
  }

  private static String message(Exception e) {
    return String.valueOf(e.getMessage());
  }

  LeaseClock leases() {
    return leases;
  }

  Checkpointer.Sizes sizes() {
    return checkpointer.sizes();
  }

  /// Whether puts are refused for lack of space.
  boolean isFull() {
    return space.isFull();
  }

  boolean isCompacting() {
    return compacting;
  }

  boolean isLogConfirmed() {
    return log.isConfirmed();
  }

  /// Ends [#run] once what waits is done.
  void close() {
    closing = true;
    wake();
  }

  /// Has [#run] look for what there is to do; when the queue is full, it does anyway.
  private void wake() {
    queue.offer(new Task<>(mutation -> 0));
  }

  /// The writer's life.
  void run() {
    try {
      while (!closing) {
        step(queue.poll(nanosToWait(), TimeUnit.NANOSECONDS));
      }
      while (!queue.isEmpty()) {
        step(null);
      }
      checkpointer.close();
    } catch (NoSpaceException e) {
      LOG.atWarn().log("the disk is full: closed without writing the state; the log has it all");
    } catch (IOException | InterruptedException | RuntimeException | Error e) {
      fail(e);
    } finally {
      closing = true;
      rejectRest();
    }
  }

  private void fail(Throwable cause) {
    if (failure != null) {
      return;
    }
    LOG.atError().setCause(cause).log("the store stops: it cannot go on safely after this");
    failure = new StoreException.Closed("the store has stopped after a failure: " + cause);
    hub.close();
    // On another thread, as this one's end is what closing the store waits for.
    failed.completeAsync(() -> cause);
  }

  /// Completed with the cause when it cannot go on.
  CompletableFuture<Throwable> failed() {
    return failed;
  }

  private void rejectRest() {
    for (Task<?> task; (task = queue.poll()) != null; ) {
      task.fail(closed());
    }
  }

  private long nanosToWait() {
    if (compacting && space.isCompactable()) {
      return 0;
    }
    if (space.isDiskFull()) {
      return RETRY_NANOS;
    }
    long toNext = Math.min(leases.nanosToNext(), history.nanosToNext());
    return Math.min(toNext, checkpointer.nanosToNext());
  }

  private void step(@Nullable Task<?> first) throws IOException {
    Batch batch = new Batch();
    try {
      if (first != null) {
        batch.perform(first);
      }
      for (Task<?> task; batch.hasRoom() && (task = queue.poll()) != null; ) {
        batch.perform(task);
      }
      expireLeases(batch);
      compactOldHistory(batch);
      commit(batch);
    } catch (IOException | RuntimeException | Error e) {
      fail(e);
      batch.fail(
          new StoreException.Closed(
              closed().getMessage() + "; this write may have been done or not"));
      throw e;
    }
    keepHouse(batch.changes);
  }

  private void expireLeases(Batch batch) {
    for (long id : leases.expired()) {
      if (batch.hasRoom()) {
        batch.perform(new Task<>(mutation -> expire(mutation, id)));
      }
    }
  }

  /// A lease with damaged keys stays, and is tried again now and then.
  private long expire(Mutation mutation, long lease) {
    try {
      return revokeOrForget(mutation, lease);
    } catch (RuntimeException e) {
      leases.postpone(lease, EXPIRY_RETRY_NANOS);
      if (stuck.add(lease)) {
        LOG.atError()
            .addKeyValue("lease", Long.toHexString(lease))
            .addKeyValue("reason", message(e))
            .log("a lease has run out but cannot be revoked; it is tried again every minute");
      }
      throw e;
    }
  }

  private long revokeOrForget(Mutation mutation, long lease) {
    if (mutation.view().hasLease(lease)) {
      return EmbeddedLeases.revoke(mutation, lease);
    }
    leases.stop(lease);
    return 0;
  }

  private void compactOldHistory(Batch batch) {
    long target = history.target(state.revision(), state.compacted());
    if (target > state.compacted()) {
      batch.perform(
          new Task<>(mutation -> {
            mutation.compact(target);
            return target;
          }));
    }
  }

  private void commit(Batch batch) throws IOException {
    if (batch.commits.isEmpty()) {
      batch.release();
      return;
    }
    try {
      log.append(Commit.encode(batch.commits), batch.freesSpace);
    } catch (NoSpaceException e) {
      space.setRefused(true);
      batch.undo();
      batch.fail(SpaceGuard.diskFull());
      return;
    }
    hub.publish(
        batch.committed,
        () -> {
          state.publish();
          batch.release();
        });
  }

  /// What does not belong to any request.
  ///
  /// @param changes how many changes were made since the last time
  private void keepHouse(int changes) throws IOException {
    if (compacting && space.isCompactable()) {
      compact(changes);
    }
    if (queue.isEmpty()) {
      log.confirm();
    }
    try {
      checkpointer.look();
      if (space.isRefused() && !checkpointer.isPostponed()) {
        log.ensureRoom(config.maxRequestBytes());
        space.setRefused(false);
      }
    } catch (NoSpaceException e) {
      space.setRefused(true);
    }
    space.setRoom(checkpointer.room());
    tellIfFull();
  }

  private void tellIfFull() {
    if (space.isDiskFull() != toldFull) {
      toldFull = !toldFull;
      if (toldFull) {
        LOG.atWarn().log("the disk is full; puts are refused until there is space");
      } else {
        LOG.atInfo().log("the disk has space again; puts are accepted");
      }
    }
  }

  /// Removes some of what is compacted, in any case more than has been added.
  private void compact(int changes) {
    try {
      // On a full disk, no more than what there is certainly room for until that is known again.
      boolean isFull = space.isDiskFull();
      int least = isFull ? SMALL_COMPACTION_STEP : COMPACTION_STEP + 2 * changes;
      compacting = state.removeCompacted(least);
      for (int i = 1; i < COMPACTION_STEPS && compacting && queue.isEmpty() && !isFull; i++) {
        compacting = state.removeCompacted(COMPACTION_STEP);
      }
      state.publish();
    } catch (StoreException.Corrupt e) {
      compacting = false;
      LOG.atError()
          .addKeyValue("damage", message(e))
          .log("compaction stopped at damage to the state; restore a snapshot");
    }
  }

  /// What is done with one sync.
  private final class Batch {
    private final List<Task<?>> tasks = new ArrayList<>();
    private final List<Commit> commits = new ArrayList<>();
    private final List<Committed> committed = new ArrayList<>();
    private final long revisionBefore = state.revision();
    private boolean freesSpace = true;
    private long bytes;
    private int changes;

    boolean hasRoom() {
      return tasks.size() < MAX_BATCH && bytes < MAX_BATCH_BYTES;
    }

    void perform(Task<?> task) {
      Mutation mutation =
          new Mutation(state, space, config.maxDeletedBytes(), new Allowance(heap.answer()));
      queuedBytes.addAndGet(-task.size());
      tasks.add(task);
      if (!task.perform(mutation)) {
        mutation.undo();
        return;
      }
      bytes += mutation.allowance().taken();
      if (!mutation.isEmpty()) {
        add(mutation);
      }
    }

    private void add(Mutation mutation) {
      Commit commit = mutation.commit();
      commits.add(commit);
      bytes += commit.size() + mutation.deleted();
      changes += commit.changes().size();
      space.countDeleted(mutation.deleted());
      freesSpace &= mutation.freesSpace();
      if (mutation.hasEvents()) {
        committed.add(mutation.committed());
      }
    }

    void undo() {
      state.undoTo(0, revisionBefore);
    }

    void release() {
      commits.forEach(this::afterwards);
      tasks.forEach(Task::release);
    }

    private void afterwards(Commit commit) {
      for (Change change : commit.changes()) {
        switch (change) {
          case Change.Grant(var lease, var seconds) -> leases.start(lease, seconds);
          case Change.Revoke(var lease) -> {
            leases.stop(lease);
            stuck.remove(lease);
          }
          case Change.Compact(var revision) -> compacting = true;
          case Change.Put put -> {}
          case Change.Delete delete -> {}
        }
      }
    }

    void fail(StoreException reason) {
      tasks.forEach(task -> task.fail(reason));
    }
  }
}
