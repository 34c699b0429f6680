package io.croft.apiserver.storage;

import java.time.Duration;
import java.util.List;

/// Changes of a collection in order. One thread calls `next`; any thread may close it.
public interface ObjectWatch extends AutoCloseable {
  /// The next changes, in revision order, waiting for them; empty when there are none within
  /// `timeout` or the watch is closed.
  List<Change> next(Duration timeout) throws InterruptedException;

  /// Whether it has ended, by `close` or with the store: nothing more comes.
  boolean closed();

  @Override
  void close();
}
