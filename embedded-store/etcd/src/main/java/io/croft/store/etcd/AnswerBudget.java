package io.croft.store.etcd;

import io.croft.store.StoreException;
import io.grpc.Attributes;
import io.grpc.ServerTransportFilter;

/// What answers may take of the heap from when they are put together until their clients have taken
/// them: so much for all, and less than that for one connection. An answer of any size is admitted
/// while what is held is below both; beyond, calls are refused.
final class AnswerBudget extends ServerTransportFilter {
  /// The share of the heap for all connections.
  private static final int HEAP_PARTS = 6;

  /// How many connections that do not read it takes to use up all.
  private static final int CONNECTIONS = 4;

  private static final Attributes.Key<Share> SHARE = Attributes.Key.create("answers");

  private final long mostBytes;
  private long heldBytes;

  AnswerBudget(long mostBytes) {
    this.mostBytes = mostBytes;
  }

  static AnswerBudget ofHeap() {
    return new AnswerBudget(Runtime.getRuntime().maxMemory() / HEAP_PARTS);
  }

  @Override
  public Attributes transportReady(Attributes transport) {
    return transport.toBuilder().set(SHARE, new Share()).build();
  }

  /// @param call attributes of a call on a server that has this as a filter
  static Share of(Attributes call) {
    Share share = call.get(SHARE);
    if (share == null) {
      throw new IllegalStateException("the connection has no share of the budget");
    }
    return share;
  }

  synchronized long heldBytes() {
    return heldBytes;
  }

  private synchronized void change(Share share, long bytes) {
    heldBytes += bytes;
    share.heldBytes += bytes;
  }

  private synchronized boolean isFull(Share share) {
    return heldBytes >= mostBytes || share.heldBytes >= mostBytes / CONNECTIONS;
  }

  /// The part of one connection.
  final class Share {
    private long heldBytes;

    /// @throws StoreException.Overloaded when there is no room for another answer
    void check() {
      if (isFull(this)) {
        throw new StoreException.Overloaded((int) Math.min(mostBytes, Integer.MAX_VALUE));
      }
    }

    /// Takes room for an answer that may be refused, as many are put together at once.
    ///
    /// @throws StoreException.Overloaded when there is none
    void admit(long bytes) {
      synchronized (AnswerBudget.this) {
        check();
        hold(bytes);
      }
    }

    /// Takes room, whether there is any or not; to be given back.
    void hold(long bytes) {
      change(this, bytes);
    }

    void release(long bytes) {
      change(this, -bytes);
    }
  }
}
