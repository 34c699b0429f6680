package io.croft.store.etcd;

import io.croft.store.TxnResult;
import io.croft.store.TxnResult.OpResult;
import io.croft.store.etcd.wire.Rpc;
import io.croft.store.etcd.wire.Rpc.ResponseHeader;
import java.util.List;

/// A transaction's answer. The headers within it have a revision only, as in etcd: the one that the
/// operation saw, which is the transaction's own from the first change on. That of a transaction
/// within the transaction is empty.
final class TxnAnswer {
  private final long revision;
  private long seen;

  private TxnAnswer(long revision, boolean changed) {
    this.revision = revision;
    this.seen = changed ? revision - 1 : revision;
  }

  static Rpc.TxnResponse of(TxnResult result) {
    boolean changed = result.results().stream().anyMatch(TxnAnswer::isChange);
    return new TxnAnswer(result.revision(), changed).txn(Headers.at(result.revision()), result);
  }

  private static boolean isChange(OpResult result) {
    return switch (result) {
      case TxnResult.Ranged range -> false;
      case TxnResult.Put put -> true;
      case TxnResult.Deleted deleted -> deleted.count() > 0;
      case TxnResult.Nested(var txn) -> txn.results().stream().anyMatch(TxnAnswer::isChange);
    };
  }

  private Rpc.TxnResponse txn(ResponseHeader header, TxnResult result) {
    List<Rpc.ResponseOp> responses = result.results().stream().map(this::op).toList();
    return Rpc.TxnResponse.newBuilder()
        .setHeader(header)
        .setSucceeded(result.succeeded())
        .addAllResponses(responses)
        .build();
  }

  private Rpc.ResponseOp op(OpResult result) {
    if (!(result instanceof TxnResult.Nested) && isChange(result)) {
      seen = revision;
    }
    ResponseHeader header = ResponseHeader.newBuilder().setRevision(seen).build();
    Rpc.ResponseOp.Builder wire = Rpc.ResponseOp.newBuilder();
    switch (result) {
      case TxnResult.Ranged(var range) -> wire.setResponseRange(ToWire.range(header, range));
      case TxnResult.Put put -> wire.setResponsePut(ToWire.put(header, put));
      case TxnResult.Deleted deleted ->
          wire.setResponseDeleteRange(ToWire.deleted(header, deleted));
      case TxnResult.Nested(var txn) ->
          wire.setResponseTxn(txn(ResponseHeader.getDefaultInstance(), txn));
    }
    return wire.build();
  }
}
