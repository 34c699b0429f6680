package io.croft.base;

import java.time.Duration;

/// A part of the appliance with a life of its own.
///
/// `init` → `start` → `ready` → `stop`. The constructor does no I/O and starts no threads.
/// `Lifecycle` is the only caller, from one thread at a time, `ready` apart.
public interface Component {
  /// A short name in lower case, as `croft status` shows it.
  String name();

  /// Fallible preparation: reads files, checks permissions. Nothing runs afterwards.
  default void init() throws Exception {}

  /// Returns once running.
  void start() throws Exception;

  /// Whether it can do its work now; cheap, callable from any thread.
  ///
  /// @throws IllegalStateException saying why, when it has started and will not become ready
  default boolean ready() {
    return true;
  }

  /// How long it may take from its start until it is ready, where that is more than usual.
  default Duration patience() {
    return Duration.ZERO;
  }

  /// Ends it; legal in any state, also twice, also after a failed `start`; returns in bounded time.
  void stop();
}
