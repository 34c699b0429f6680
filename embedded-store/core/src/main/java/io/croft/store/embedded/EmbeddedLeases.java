package io.croft.store.embedded;

import io.croft.store.Bytes;
import io.croft.store.Leases;
import io.croft.store.StoreException;
import io.croft.store.StoreException.Invalid;
import io.croft.store.internal.state.State;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/// The leases of an [EmbeddedStore].
final class EmbeddedLeases implements Leases {
  /// etcd's limits, in seconds.
  static final long MIN_TTL = 2;

  static final long MAX_TTL = 9_000_000_000L;

  /// In the place of a revision.
  private static final long MORE_TO_REVOKE = -1;

  private final Writer writer;
  private final State state;
  private final LeaseClock clock;

  EmbeddedLeases(Writer writer, State state, LeaseClock clock) {
    this.writer = writer;
    this.state = state;
    this.clock = clock;
  }

  @Override
  public Lease grant(long id, long ttlSeconds) {
    if (ttlSeconds > MAX_TTL) {
      throw new Invalid(Invalid.Rule.LEASE_TTL_TOO_LARGE);
    }
    long seconds = Math.max(MIN_TTL, ttlSeconds);
    long granted =
        writer.perform(mutation -> {
          long lease = id == 0 ? unused(mutation) : id;
          if (mutation.view().hasLease(lease)) {
            throw new Invalid(Invalid.Rule.LEASE_EXISTS);
          }
          mutation.grant(lease, seconds);
          return lease;
        });
    return new Lease(granted, seconds, seconds, List.of());
  }

  private static long unused(Mutation mutation) {
    long id;
    do {
      id = ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE);
    } while (mutation.view().hasLease(id));
    return id;
  }

  @Override
  public long revoke(long id) {
    while (true) {
      long revision = writer.perform(mutation -> revoke(mutation, id));
      if (revision != MORE_TO_REVOKE) {
        return revision;
      }
    }
  }

  /// Deletes the keys of a lease, and the lease: all in one revision, unless the keys are more than
  /// fit into memory.
  ///
  /// @return the revision afterwards; [#MORE_TO_REVOKE] when it must be called again
  static long revoke(Mutation mutation, long id) {
    if (!mutation.view().hasLease(id)) {
      throw new StoreException.LeaseNotFound(id);
    }
    for (Bytes key : mutation.view().attached(id)) {
      if (mutation.deletable() < 0) {
        return MORE_TO_REVOKE;
      }
      mutation.delete(key);
    }
    mutation.revoke(id);
    return mutation.view().revision();
  }

  @Override
  public Lease keepAlive(long id) {
    long seconds =
        writer.perform(mutation -> {
          Long ttl = mutation.view().leaseSeconds(id);
          if (ttl == null) {
            throw new StoreException.LeaseNotFound(id);
          }
          clock.start(id, ttl);
          return ttl;
        });
    return new Lease(id, seconds, seconds, List.of());
  }

  @Override
  public Lease timeToLive(long id) {
    return state.read(view -> {
      Long ttl = view.leaseSeconds(id);
      if (ttl == null) {
        throw new StoreException.LeaseNotFound(id);
      }
      return new Lease(id, ttl, clock.remainingSeconds(id), view.attached(id));
    });
  }

  @Override
  public List<Lease> list() {
    return state.read(view ->
        view.leases().stream()
            .map(id ->
                new Lease(
                    id, ttl(view.leaseSeconds(id)), clock.remainingSeconds(id), view.attached(id)))
            .toList());
  }

  private static long ttl(@Nullable Long seconds) {
    return seconds == null ? 0 : seconds;
  }
}
