package io.croft.store.etcd;

import io.croft.store.Store;
import io.croft.store.etcd.wire.Rpc.HashRequest;
import io.croft.store.etcd.wire.Rpc.HashResponse;

/// `Maintenance.Hash`: [ContentHash] of the current revision.
record HashCall(Store store) implements Unary<HashRequest, HashResponse> {
  @Override
  public HashResponse answer(HashRequest request) {
    ContentHash hash = ContentHash.of(store, 0);
    return HashResponse.newBuilder()
        .setHeader(Headers.at(hash.current()))
        .setHash(hash.value())
        .build();
  }
}
