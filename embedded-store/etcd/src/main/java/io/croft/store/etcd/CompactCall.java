package io.croft.store.etcd;

import io.croft.store.Store;
import io.croft.store.etcd.wire.Rpc.CompactionRequest;
import io.croft.store.etcd.wire.Rpc.CompactionResponse;

/// `KV.Compact`. Rows go in the background; `physical` does not wait for them.
record CompactCall(Store store, Headers headers)
    implements Unary<CompactionRequest, CompactionResponse> {
  @Override
  public CompactionResponse answer(CompactionRequest request) {
    store.compact(request.getRevision());
    return CompactionResponse.newBuilder().setHeader(headers.now()).build();
  }
}
