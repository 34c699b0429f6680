package io.croft.store.etcd;

import io.croft.store.etcd.wire.Rpc.DefragmentRequest;
import io.croft.store.etcd.wire.Rpc.DefragmentResponse;

/// `Maintenance.Defragment`: nothing to do, the store gives space back by itself.
record DefragmentCall(Headers headers) implements Unary<DefragmentRequest, DefragmentResponse> {
  @Override
  public DefragmentResponse answer(DefragmentRequest request) {
    return DefragmentResponse.newBuilder().setHeader(headers.now()).build();
  }
}
