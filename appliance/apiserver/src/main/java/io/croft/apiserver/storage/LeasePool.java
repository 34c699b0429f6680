package io.croft.apiserver.storage;

import io.croft.store.Leases;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/// Leases shared by objects that are written close together, so that a stream of events does not
/// make a lease for each of them. An object may live up to `REUSE` longer than asked, never
/// shorter.
final class LeasePool {
  private static final Duration REUSE = Duration.ofSeconds(60);

  private record Current(long lease, long usableUntilNanos) {}

  private final Leases leases;
  private final Map<Duration, Current> current = new HashMap<>();

  LeasePool(Leases leases) {
    this.leases = leases;
  }

  synchronized long leaseFor(Duration ttl) {
    long now = System.nanoTime();
    Current shared = current.get(ttl);
    if (shared == null || now - shared.usableUntilNanos() >= 0) {
      long lease = leases.grant(0, ttl.plus(REUSE).toSeconds()).id();
      shared = new Current(lease, now + REUSE.toNanos());
      current.put(ttl, shared);
    }
    return shared.lease();
  }
}
