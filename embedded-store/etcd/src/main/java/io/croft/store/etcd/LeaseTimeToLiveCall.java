package io.croft.store.etcd;

import io.croft.store.Bytes;
import io.croft.store.Leases.Lease;
import io.croft.store.Store;
import io.croft.store.StoreException.LeaseNotFound;
import io.croft.store.etcd.wire.Rpc.LeaseTimeToLiveRequest;
import io.croft.store.etcd.wire.Rpc.LeaseTimeToLiveResponse;

/// `Lease.LeaseTimeToLive`. A lease that is not known has -1 seconds to live.
record LeaseTimeToLiveCall(Store store, Headers headers)
    implements Unary<LeaseTimeToLiveRequest, LeaseTimeToLiveResponse> {
  @Override
  public LeaseTimeToLiveResponse answer(LeaseTimeToLiveRequest request) {
    LeaseTimeToLiveResponse.Builder wire =
        LeaseTimeToLiveResponse.newBuilder().setID(request.getID());
    try {
      Lease lease = store.leases().timeToLive(request.getID());
      wire.setTTL(lease.remainingSeconds()).setGrantedTTL(lease.ttlSeconds());
      if (request.getKeys()) {
        for (Bytes key : lease.keys()) {
          wire.addKeys(ToWire.bytes(key));
        }
      }
    } catch (LeaseNotFound e) {
      wire.setTTL(-1);
    }
    return wire.setHeader(headers.now()).build();
  }
}
