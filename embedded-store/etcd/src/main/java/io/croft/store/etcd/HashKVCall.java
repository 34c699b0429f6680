package io.croft.store.etcd;

import io.croft.store.Store;
import io.croft.store.etcd.wire.Rpc.HashKVRequest;
import io.croft.store.etcd.wire.Rpc.HashKVResponse;

/// `Maintenance.HashKV`: [ContentHash] of a revision.
record HashKVCall(Store store) implements Unary<HashKVRequest, HashKVResponse> {
  @Override
  public HashKVResponse answer(HashKVRequest request) {
    ContentHash hash = ContentHash.of(store, Math.max(0, request.getRevision()));
    return HashKVResponse.newBuilder()
        .setHeader(Headers.at(hash.current()))
        .setHash(hash.value())
        .setCompactRevision(store.compactedRevision())
        .build();
  }
}
