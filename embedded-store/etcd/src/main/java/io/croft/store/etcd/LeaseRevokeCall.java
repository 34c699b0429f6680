package io.croft.store.etcd;

import io.croft.store.Store;
import io.croft.store.etcd.wire.Rpc.LeaseRevokeRequest;
import io.croft.store.etcd.wire.Rpc.LeaseRevokeResponse;

/// `Lease.LeaseRevoke`: the lease's keys go at one revision.
record LeaseRevokeCall(Store store) implements Unary<LeaseRevokeRequest, LeaseRevokeResponse> {
  @Override
  public LeaseRevokeResponse answer(LeaseRevokeRequest request) {
    long revision = store.leases().revoke(request.getID());
    return LeaseRevokeResponse.newBuilder().setHeader(Headers.at(revision)).build();
  }
}
