package io.croft.store.internal.watch;

import io.croft.store.Event;
import io.croft.store.KeyValue;
import io.croft.store.StoreException;
import io.croft.store.WatchMessage;
import io.croft.store.WatchRequest;
import io.croft.store.WatchStream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A stream of a [WatchHub]. What waits in it is bounded: the hub puts events in only while there
/// is room, and else has the watch catch up on the reader's thread.
final class HubStream implements WatchStream {
  /// The most messages without events that may wait.
  static final int MAX_ANSWERS = 10_000;

  /// About what an event takes beside its bytes.
  private static final long OVERHEAD = 100L;

  private final WatchHub hub;
  private final long maxBytes;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition arrived = lock.newCondition();
  private final Deque<WatchMessage> waiting = new ArrayDeque<>();
  private long waitingBytes;
  private int waitingAnswers;
  private boolean closed;
  private boolean woken;

  /// When the reader last looked for idle watches, by `System.nanoTime`; the reader's own.
  private long lastIdleCheck = System.nanoTime();

  // Guarded by the hub's lock.
  final Map<Long, Watch> watches = new HashMap<>();
  private final Set<Watch> behind = new LinkedHashSet<>();
  boolean progressWanted;
  long nextId;

  /// Whether a watch is behind; a hint that saves the reader the hub's lock.
  private volatile boolean someBehind;

  HubStream(WatchHub hub, long maxBytes) {
    this.hub = hub;
    this.maxBytes = maxBytes;
  }

  @Override
  public long watch(WatchRequest request) {
    return hub.watch(this, request);
  }

  @Override
  public void cancel(long watchId) {
    hub.cancel(this, watchId);
  }

  @Override
  public void requestProgress() {
    hub.requestProgress(this);
  }

  @Override
  public @Nullable WatchMessage poll(Duration timeout) throws InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (true) {
      serve();
      lock.lockInterruptibly();
      try {
        if (closed) {
          return null;
        }
        WatchMessage message = waiting.poll();
        if (message != null) {
          account(message, -1);
          return message;
        }
        long now = System.nanoTime();
        if (now >= deadline) {
          return null;
        }
        await(Math.min(deadline - now, hub.idleCheckNanos()));
      } finally {
        lock.unlock();
      }
    }
  }

  /// Does what the hub leaves to the reader's thread.
  private void serve() {
    if (someBehind && isReady()) {
      try {
        hub.catchUp(this);
      } catch (StoreException.Closed e) {
        shut();
      }
    }
    long now = System.nanoTime();
    if (now - lastIdleCheck >= hub.idleCheckNanos()) {
      lastIdleCheck = now;
      hub.giveProgress(this);
    }
  }

  void fallBehind(Watch watch) {
    behind.add(watch);
    someBehind = true;
    wake();
  }

  void removeBehind(Watch watch) {
    behind.remove(watch);
    someBehind = !behind.isEmpty();
  }

  /// The watch whose turn it is to catch up.
  @Nullable Watch nextBehind() {
    return behind.isEmpty() ? null : behind.iterator().next();
  }

  private void await(long nanos) throws InterruptedException {
    long left = nanos;
    while (!woken && left > 0) {
      left = arrived.awaitNanos(left);
    }
    woken = false;
  }

  /// Adds a message, whatever waits already.
  void add(WatchMessage message) {
    lock.lock();
    try {
      if (!closed) {
        waiting.add(message);
        account(message, 1);
        wake();
      }
    } finally {
      lock.unlock();
    }
  }

  /// Adds events if there is room.
  boolean offer(WatchMessage.Events events) {
    lock.lock();
    try {
      if (!hasRoom()) {
        return false;
      }
      add(events);
      return true;
    } finally {
      lock.unlock();
    }
  }

  private boolean isReady() {
    lock.lock();
    try {
      return hasRoom();
    } finally {
      lock.unlock();
    }
  }

  /// Where nothing waits there is room, so that streams that are read in time do not suffer from
  /// those that are not.
  private boolean hasRoom() {
    return waitingBytes == 0 || (waitingBytes < maxBytes && hub.hasRoom());
  }

  /// Whether the reader is so far behind that it should not ask for more answers.
  boolean isOverloaded() {
    lock.lock();
    try {
      return waitingAnswers >= MAX_ANSWERS;
    } finally {
      lock.unlock();
    }
  }

  long waitingBytes() {
    lock.lock();
    try {
      return waitingBytes;
    } finally {
      lock.unlock();
    }
  }

  /// Has the reader look again.
  void wake() {
    lock.lock();
    try {
      woken = true;
      arrived.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void account(WatchMessage message, int sign) {
    if (message instanceof WatchMessage.Events events) {
      long bytes = sign * events.events().stream().mapToLong(HubStream::size).sum();
      waitingBytes += bytes;
      hub.waitingBytes.addAndGet(bytes);
    } else {
      waitingAnswers += sign;
    }
  }

  /// What an event takes, in bytes, about.
  static long size(Event event) {
    KeyValue previous = event.previous();
    long size = OVERHEAD + event.kv().key().length() + event.kv().value().length();
    return previous == null ? size : size + previous.value().length();
  }

  @Override
  public boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    hub.close(this);
  }

  /// Ends it for the reader.
  void shut() {
    lock.lock();
    try {
      closed = true;
      waiting.clear();
      hub.waitingBytes.addAndGet(-waitingBytes);
      waitingBytes = 0;
      wake();
    } finally {
      lock.unlock();
    }
  }
}
