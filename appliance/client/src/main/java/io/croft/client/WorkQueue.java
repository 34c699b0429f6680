package io.croft.client;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Keys that wait for work, each at most once, with client-go's promises:
///
/// - a key that is added several times before it is taken is handed out once;
/// - a key is never worked on by two threads at a time: one that is added while it is being worked
///   on is handed out again after [#done].
///
/// Bound: a key is held at most once as queued, once as in work and once as delayed, so the queue
/// is never longer than there are distinct keys. Thread-safe.
///
/// @param <K> has value equality
public final class WorkQueue<K> {
  private record Delayed(long dueNanos, Future<?> timer) {}

  private final Delays delays;
  private final Backoff backoff;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /// In the order in which they are handed out; every one is in `dirty` and none in `inWork`.
  private final Queue<K> queue = new ArrayDeque<>();

  /// Those that need work, queued or waiting for [#done].
  private final Set<K> dirty = new HashSet<>();

  private final Set<K> inWork = new HashSet<>();
  private final Map<K, Delayed> delayed = new HashMap<>();
  private final Map<K, Integer> failures = new HashMap<>();
  private boolean shutDown;

  /// @param backoff the waits of [#addRateLimited]
  public WorkQueue(Delays delays, Backoff backoff) {
    this.delays = delays;
    this.backoff = backoff;
  }

  /// Adds a key; does nothing when it waits already, or after [#shutDown].
  public void add(K key) {
    lock.lock();
    try {
      if (!shutDown && dirty.add(key) && !inWork.contains(key)) {
        queue.add(key);
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /// Adds a key once `delay` has passed; of several delays for one key the one that ends first
  /// counts.
  public void addAfter(K key, Duration delay) {
    if (!delay.isPositive()) {
      add(key);
      return;
    }
    lock.lock();
    try {
      long dueNanos = delays.nanoTime() + delay.toNanos();
      Delayed earlier = delayed.get(key);
      if (shutDown || (earlier != null && earlier.dueNanos - dueNanos <= 0)) {
        return;
      }
      if (earlier != null) {
        earlier.timer.cancel(false);
      }
      delayed.put(key, new Delayed(dueNanos, delays.after(delay, () -> due(key, dueNanos))));
    } finally {
      lock.unlock();
    }
  }

  private void due(K key, long dueNanos) {
    lock.lock();
    try {
      Delayed waiting = delayed.get(key);
      if (waiting != null && waiting.dueNanos == dueNanos) {
        delayed.remove(key);
        add(key);
      }
    } finally {
      lock.unlock();
    }
  }

  /// Adds a key after a wait that doubles with every call since the last [#forget].
  public void addRateLimited(K key) {
    int count;
    lock.lock();
    try {
      count = failures.merge(key, 1, Integer::sum);
    } finally {
      lock.unlock();
    }
    addAfter(key, backoff.delay(count));
  }

  /// Ends the count of failures of a key.
  public void forget(K key) {
    lock.lock();
    try {
      failures.remove(key);
    } finally {
      lock.unlock();
    }
  }

  /// How often [#addRateLimited] was called for a key since the last [#forget].
  public int failures(K key) {
    lock.lock();
    try {
      return failures.getOrDefault(key, 0);
    } finally {
      lock.unlock();
    }
  }

  /// Waits for a key and takes it; the caller must call [#done] for it afterwards.
  ///
  /// @return null after [#shutDown], once no key is queued any more
  public @Nullable K take() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      // Keys in work may still come back to the queue, and must then be worked on.
      while (queue.isEmpty() && !(shutDown && dirty.isEmpty())) {
        changed.await();
      }
      K key = queue.poll();
      if (key != null) {
        inWork.add(key);
        dirty.remove(key);
      }
      return key;
    } finally {
      lock.unlock();
    }
  }

  /// Says that the work on a key that was taken is over, whatever came of it.
  public void done(K key) {
    lock.lock();
    try {
      inWork.remove(key);
      if (dirty.contains(key)) {
        queue.add(key);
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// How many keys are queued, those in work and the delayed ones not counted.
  public int size() {
    lock.lock();
    try {
      return queue.size();
    } finally {
      lock.unlock();
    }
  }

  /// Refuses new keys from now on and drops the delayed ones; those queued are still handed out.
  public void shutDown() {
    lock.lock();
    try {
      shutDown = true;
      delayed.values().forEach(waiting -> waiting.timer.cancel(false));
      delayed.clear();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Waits until no key is queued or in work.
  ///
  /// @return false when `timeout` has passed first
  public boolean awaitDrained(Duration timeout) throws InterruptedException {
    long nanos = timeout.toNanos();
    lock.lockInterruptibly();
    try {
      while (!dirty.isEmpty() || !inWork.isEmpty()) {
        if (nanos <= 0) {
          return false;
        }
        nanos = changed.awaitNanos(nanos);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }
}
