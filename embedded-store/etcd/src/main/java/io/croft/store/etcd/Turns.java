package io.croft.store.etcd;

/// Lets other virtual threads have the processor now and then: they are not taken off it by force,
/// so that as many scans as there are processors would hold up every other call. For one thread.
final class Turns {
  private static final int KEYS = 1000;

  private int keys;

  /// To be called for each key.
  @SuppressWarnings("ThreadPriorityCheck") // nothing else takes a virtual thread off
  void next() {
    keys++;
    if (keys % KEYS == 0) {
      Thread.yield();
    }
  }
}
