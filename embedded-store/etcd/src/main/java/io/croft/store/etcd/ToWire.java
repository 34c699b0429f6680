package io.croft.store.etcd;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.croft.store.Bytes;
import io.croft.store.Event;
import io.croft.store.KeyValue;
import io.croft.store.RangeResult;
import io.croft.store.TxnResult;
import io.croft.store.etcd.wire.Mvcc;
import io.croft.store.etcd.wire.Rpc;
import io.croft.store.etcd.wire.Rpc.ResponseHeader;

/// The store's answers as clients know them. Keys and values are not copied.
final class ToWire {
  private ToWire() {}

  static ByteString bytes(Bytes bytes) {
    return UnsafeByteOperations.unsafeWrap(bytes.array());
  }

  static Mvcc.KeyValue kv(KeyValue kv) {
    return Mvcc.KeyValue.newBuilder()
        .setKey(bytes(kv.key()))
        .setValue(bytes(kv.value()))
        .setCreateRevision(kv.createRevision())
        .setModRevision(kv.modRevision())
        .setVersion(kv.version())
        .setLease(kv.lease())
        .build();
  }

  static Mvcc.Event event(Event event) {
    Mvcc.Event.Builder wire = Mvcc.Event.newBuilder().setKv(kv(event.kv()));
    wire.setType(
        switch (event.kind()) {
          case PUT -> Mvcc.Event.EventType.PUT;
          case DELETE -> Mvcc.Event.EventType.DELETE;
        });
    KeyValue previous = event.previous();
    if (previous != null) {
      wire.setPrevKv(kv(previous));
    }
    return wire.build();
  }

  static Rpc.RangeResponse range(ResponseHeader header, RangeResult result) {
    Rpc.RangeResponse.Builder wire =
        Rpc.RangeResponse.newBuilder()
            .setHeader(header)
            .setMore(result.more())
            .setCount(result.count());
    result.kvs().forEach(kv -> wire.addKvs(kv(kv)));
    return wire.build();
  }

  static Rpc.PutResponse put(ResponseHeader header, TxnResult.Put result) {
    Rpc.PutResponse.Builder wire = Rpc.PutResponse.newBuilder().setHeader(header);
    KeyValue previous = result.previous();
    if (previous != null) {
      wire.setPrevKv(kv(previous));
    }
    return wire.build();
  }

  static Rpc.DeleteRangeResponse deleted(ResponseHeader header, TxnResult.Deleted result) {
    Rpc.DeleteRangeResponse.Builder wire =
        Rpc.DeleteRangeResponse.newBuilder().setHeader(header).setDeleted(result.count());
    result.previous().forEach(kv -> wire.addPrevKvs(kv(kv)));
    return wire.build();
  }
}
