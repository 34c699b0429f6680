package io.croft.apiserver.flow;

/// A body whose beginning is work, such as the list that a watch begins with, and whose rest is
/// mostly waiting.
public interface Initialized {
  /// @param action run once, as soon as the beginning is done or nobody wants it any more
  void whenInitialized(Runnable action);
}
