package io.croft.store.etcd;

import io.croft.store.Leases.Lease;
import io.croft.store.Store;
import io.croft.store.etcd.wire.Rpc.LeaseGrantRequest;
import io.croft.store.etcd.wire.Rpc.LeaseGrantResponse;

/// `Lease.LeaseGrant`. The time to live in the answer is the one granted, which may be longer than
/// the one asked for.
record LeaseGrantCall(Store store, Headers headers)
    implements Unary<LeaseGrantRequest, LeaseGrantResponse> {
  @Override
  public LeaseGrantResponse answer(LeaseGrantRequest request) {
    Lease lease = store.leases().grant(request.getID(), request.getTTL());
    return LeaseGrantResponse.newBuilder()
        .setHeader(headers.now())
        .setID(lease.id())
        .setTTL(lease.ttlSeconds())
        .build();
  }
}
