package io.croft.store.etcd;

import io.croft.store.Store;
import io.croft.store.Txn;
import io.croft.store.TxnResult;
import io.croft.store.etcd.wire.Rpc.PutRequest;
import io.croft.store.etcd.wire.Rpc.PutResponse;
import java.util.List;

/// `KV.Put`: a transaction of one put.
record PutCall(Store store) implements Unary<PutRequest, PutResponse> {
  @Override
  public PutResponse answer(PutRequest request) {
    TxnResult result = store.txn(new Txn(List.of(), List.of(FromWire.put(request)), List.of()));
    return ToWire.put(Headers.at(result.revision()), (TxnResult.Put) result.results().getFirst());
  }
}
