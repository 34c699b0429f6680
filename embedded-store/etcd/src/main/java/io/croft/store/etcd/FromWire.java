package io.croft.store.etcd;

import com.google.protobuf.ByteString;
import io.croft.store.Bytes;
import io.croft.store.Compare;
import io.croft.store.KeyValue;
import io.croft.store.Op;
import io.croft.store.RangeRequest;
import io.croft.store.RangeRequest.SortOrder;
import io.croft.store.RangeRequest.SortTarget;
import io.croft.store.StoreException.Invalid;
import io.croft.store.Txn;
import io.croft.store.etcd.wire.Mvcc;
import io.croft.store.etcd.wire.Rpc;
import io.grpc.Status;
import java.util.List;

/// Requests as the store knows them.
final class FromWire {
  private FromWire() {}

  static Bytes bytes(ByteString bytes) {
    return Bytes.wrap(bytes.toByteArray());
  }

  static KeyValue kv(Mvcc.KeyValue kv) {
    return new KeyValue(
        bytes(kv.getKey()),
        bytes(kv.getValue()),
        kv.getCreateRevision(),
        kv.getModRevision(),
        kv.getVersion(),
        kv.getLease());
  }

  static RangeRequest range(Rpc.RangeRequest range) {
    return new RangeRequest(
        bytes(range.getKey()),
        bytes(range.getRangeEnd()),
        Math.max(0, range.getLimit()),
        Math.max(0, range.getRevision()),
        order(range.getSortOrder()),
        target(range.getSortTarget()),
        range.getKeysOnly(),
        range.getCountOnly(),
        range.getMinModRevision(),
        range.getMaxModRevision(),
        range.getMinCreateRevision(),
        range.getMaxCreateRevision());
  }

  private static SortOrder order(Rpc.RangeRequest.SortOrder order) {
    return switch (order) {
      case NONE -> SortOrder.NONE;
      case ASCEND -> SortOrder.ASCEND;
      case DESCEND -> SortOrder.DESCEND;
      case UNRECOGNIZED -> throw new Invalid(Invalid.Rule.INVALID_SORT);
    };
  }

  private static SortTarget target(Rpc.RangeRequest.SortTarget target) {
    return switch (target) {
      case KEY -> SortTarget.KEY;
      case VERSION -> SortTarget.VERSION;
      case CREATE -> SortTarget.CREATE;
      case MOD -> SortTarget.MOD;
      case VALUE -> SortTarget.VALUE;
      case UNRECOGNIZED -> throw new Invalid(Invalid.Rule.INVALID_SORT);
    };
  }

  static Op.Put put(Rpc.PutRequest put) {
    return new Op.Put(
        bytes(put.getKey()),
        bytes(put.getValue()),
        put.getLease(),
        put.getPrevKv(),
        put.getIgnoreValue(),
        put.getIgnoreLease());
  }

  static Op.Delete delete(Rpc.DeleteRangeRequest delete) {
    return new Op.Delete(bytes(delete.getKey()), bytes(delete.getRangeEnd()), delete.getPrevKv());
  }

  static Txn txn(Rpc.TxnRequest txn) {
    return new Txn(
        txn.getCompareList().stream().map(FromWire::compare).toList(),
        ops(txn.getSuccessList()),
        ops(txn.getFailureList()));
  }

  private static List<Op> ops(List<Rpc.RequestOp> ops) {
    return ops.stream().map(FromWire::op).toList();
  }

  private static Op op(Rpc.RequestOp op) {
    return switch (op.getRequestCase()) {
      case REQUEST_RANGE -> new Op.Range(range(op.getRequestRange()));
      case REQUEST_PUT -> put(op.getRequestPut());
      case REQUEST_DELETE_RANGE -> delete(op.getRequestDeleteRange());
      case REQUEST_TXN -> new Op.Nested(txn(op.getRequestTxn()));
      case REQUEST_NOT_SET -> throw new Invalid(Invalid.Rule.KEY_NOT_FOUND);
    };
  }

  private static Compare compare(Rpc.Compare compare) {
    return new Compare(
        bytes(compare.getKey()),
        bytes(compare.getRangeEnd()),
        target(compare.getTarget()),
        operator(compare.getResult()),
        number(compare),
        bytes(compare.getValue()));
  }

  private static Compare.Target target(Rpc.Compare.CompareTarget target) {
    return switch (target) {
      case VERSION -> Compare.Target.VERSION;
      case CREATE -> Compare.Target.CREATE;
      case MOD -> Compare.Target.MOD;
      case VALUE -> Compare.Target.VALUE;
      case LEASE -> Compare.Target.LEASE;
      case UNRECOGNIZED -> throw unknown("compare target");
    };
  }

  private static Compare.Operator operator(Rpc.Compare.CompareResult result) {
    return switch (result) {
      case EQUAL -> Compare.Operator.EQUAL;
      case GREATER -> Compare.Operator.GREATER;
      case LESS -> Compare.Operator.LESS;
      case NOT_EQUAL -> Compare.Operator.NOT_EQUAL;
      case UNRECOGNIZED -> throw unknown("compare result");
    };
  }

  private static long number(Rpc.Compare compare) {
    return switch (compare.getTarget()) {
      case VERSION -> compare.getVersion();
      case CREATE -> compare.getCreateRevision();
      case MOD -> compare.getModRevision();
      case LEASE -> compare.getLease();
      case VALUE, UNRECOGNIZED -> 0;
    };
  }

  private static RuntimeException unknown(String what) {
    return Status.INVALID_ARGUMENT
        .withDescription("etcdserver: unknown " + what)
        .asRuntimeException();
  }
}
