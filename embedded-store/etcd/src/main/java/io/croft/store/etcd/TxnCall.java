package io.croft.store.etcd;

import io.croft.store.Store;
import io.croft.store.etcd.wire.Rpc.TxnRequest;
import io.croft.store.etcd.wire.Rpc.TxnResponse;

/// `KV.Txn`, of any shape.
record TxnCall(Store store) implements Unary<TxnRequest, TxnResponse> {
  @Override
  public TxnResponse answer(TxnRequest request) {
    return TxnAnswer.of(store.txn(FromWire.txn(request)));
  }
}
