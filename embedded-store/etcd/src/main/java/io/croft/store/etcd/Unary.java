package io.croft.store.etcd;

/// An RPC with one request and one answer.
@FunctionalInterface
interface Unary<Q, A> {
  /// Runs on the call's own thread, and may block. What it throws is told the client as [Failures]
  /// words it.
  A answer(Q request);
}
