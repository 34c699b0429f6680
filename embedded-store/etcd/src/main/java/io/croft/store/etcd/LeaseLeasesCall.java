package io.croft.store.etcd;

import io.croft.store.Store;
import io.croft.store.etcd.wire.Rpc.LeaseLeasesRequest;
import io.croft.store.etcd.wire.Rpc.LeaseLeasesResponse;
import io.croft.store.etcd.wire.Rpc.LeaseStatus;

/// `Lease.LeaseLeases`: the ids of all leases.
record LeaseLeasesCall(Store store, Headers headers)
    implements Unary<LeaseLeasesRequest, LeaseLeasesResponse> {
  @Override
  public LeaseLeasesResponse answer(LeaseLeasesRequest request) {
    LeaseLeasesResponse.Builder wire = LeaseLeasesResponse.newBuilder().setHeader(headers.now());
    store
        .leases()
        .list()
        .forEach(lease -> wire.addLeases(LeaseStatus.newBuilder().setID(lease.id())));
    return wire.build();
  }
}
