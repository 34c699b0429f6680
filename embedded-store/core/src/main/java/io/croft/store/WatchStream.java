package io.croft.store;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Several watches that share one ordered, bounded stream of messages. `poll` is called by one
/// thread; the other methods by any.
public interface WatchStream extends AutoCloseable {
  /// Starts a watch; its first message is `Created` (or `Canceled` when it cannot be).
  ///
  /// @return its id within the stream, counted from 0
  /// @throws StoreException.Overloaded when thousands of answers wait to be polled
  long watch(WatchRequest request);

  /// Ends a watch; its last message is `Canceled`. Unknown ids are ignored.
  void cancel(long watchId);

  /// Asks for a `Progress` of the whole stream (id -1), sent only once every watch of the stream
  /// has been told everything up to the revision that it carries.
  void requestProgress();

  /// The next message, waiting for it.
  ///
  /// @return null when none came within `timeout`, or when the stream is closed
  @Nullable WatchMessage poll(Duration timeout) throws InterruptedException;

  /// Whether the stream has ended, by `close` or with the store.
  boolean isClosed();

  /// Ends the stream; a waiting `poll` returns null.
  @Override
  void close();
}
