package io.croft.store.etcd;

import io.croft.store.RangeResult;
import io.croft.store.Store;
import io.croft.store.etcd.wire.Rpc.RangeRequest;
import io.croft.store.etcd.wire.Rpc.RangeResponse;

/// `KV.Range`. The header has the revision of the snapshot that was read. There is one member, so
/// that `serializable` makes no difference.
record RangeCall(Store store) implements Unary<RangeRequest, RangeResponse> {
  @Override
  public RangeResponse answer(RangeRequest request) {
    RangeResult result = store.range(FromWire.range(request));
    return ToWire.range(Headers.at(result.revision()), result);
  }
}
