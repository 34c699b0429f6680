package io.croft.store.etcd;

import io.croft.store.Store;
import io.croft.store.Txn;
import io.croft.store.TxnResult;
import io.croft.store.etcd.wire.Rpc.DeleteRangeRequest;
import io.croft.store.etcd.wire.Rpc.DeleteRangeResponse;
import java.util.List;

/// `KV.DeleteRange`: a transaction of one delete.
record DeleteRangeCall(Store store) implements Unary<DeleteRangeRequest, DeleteRangeResponse> {
  @Override
  public DeleteRangeResponse answer(DeleteRangeRequest request) {
    TxnResult result = store.txn(new Txn(List.of(), List.of(FromWire.delete(request)), List.of()));
    return ToWire.deleted(
        Headers.at(result.revision()), (TxnResult.Deleted) result.results().getFirst());
  }
}
