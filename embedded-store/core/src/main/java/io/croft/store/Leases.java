package io.croft.store;

import java.util.List;

/// Leases: keys attached to one disappear when it runs out or is revoked.
public interface Leases {
  /// Grants a lease; durable when this returns.
  ///
  /// @param id the id wanted, 0 to have one chosen
  /// @param ttlSeconds time to live in seconds; raised to the store's minimum (2)
  Lease grant(long id, long ttlSeconds);

  /// Ends a lease and deletes its keys at one revision.
  ///
  /// @return the store's revision afterwards
  long revoke(long id);

  /// Starts the lease's time to live anew.
  Lease keepAlive(long id);

  /// The lease and the keys attached to it, in key order.
  Lease timeToLive(long id);

  /// All leases, by id.
  List<Lease> list();

  /// @param ttlSeconds granted time to live in seconds
  /// @param remainingSeconds what is left of it
  record Lease(long id, long ttlSeconds, long remainingSeconds, List<Bytes> keys) {}
}
