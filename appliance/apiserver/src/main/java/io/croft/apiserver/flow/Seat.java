package io.croft.apiserver.flow;

/// The right to be worked on, until it is closed; closing it twice does nothing more.
@FunctionalInterface
public interface Seat extends AutoCloseable {
  /// Of a request that is not counted.
  Seat UNCOUNTED = () -> {};

  @Override
  void close();
}
