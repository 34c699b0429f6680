package io.croft.store.embedded;

/// What may be on the heap at once, so that no client can end the process; in bytes.
///
/// @param answer what the answer of one request may take
/// @param queuedWrites what all writes that wait may take
/// @param watchBuffers what may wait in all watch streams; beyond, a stream in which something
///   waits already reads the history
record HeapShares(long answer, long queuedWrites, long watchBuffers) {
  /// More than a frame of the log, or a message of gRPC, could have.
  private static final long MAX_ANSWER = 1 << 30;

  /// @param heap all of it, in bytes
  static HeapShares of(long heap) {
    return new HeapShares(Math.min(heap / 4, MAX_ANSWER), heap / 8, heap / 8);
  }
}
