package io.croft.store.etcd;

import static io.croft.store.etcd.Transcript.bytes;

import com.google.protobuf.ByteString;
import io.croft.store.etcd.wire.Rpc.Compare;
import io.croft.store.etcd.wire.Rpc.DeleteRangeRequest;
import io.croft.store.etcd.wire.Rpc.PutRequest;
import io.croft.store.etcd.wire.Rpc.RangeRequest;
import io.croft.store.etcd.wire.Rpc.RequestOp;
import io.croft.store.etcd.wire.Rpc.TxnRequest;
import java.util.Random;

/// Random requests on few keys, the same for the same seed.
final class RandomRequests {
  private static final String KEYS = "abcdef";

  private final Random random;
  private final Transcript to;

  RandomRequests(long seed, Transcript to) {
    this.random = new Random(seed);
    this.to = to;
  }

  void run(int count) {
    to.grant(1, 6000);
    to.grant(2, 6000);
    for (int i = 0; i < count; i++) {
      step(i);
    }
    to.all();
    to.timeToLive(1);
    to.timeToLive(2);
  }

  private void step(int revision) {
    int choice = random.nextInt(100);
    if (choice < 30) {
      to.txn(txn(0));
    } else if (choice < 60) {
      to.put(put());
    } else if (choice < 70) {
      to.delete(delete());
    } else if (choice < 98) {
      to.range(range());
    } else {
      to.compact(1 + random.nextInt(1 + revision));
    }
  }

  private ByteString key() {
    return bytes(String.valueOf(KEYS.charAt(random.nextInt(KEYS.length()))));
  }

  private ByteString end() {
    int choice = random.nextInt(10);
    return choice < 6 ? ByteString.EMPTY : choice < 9 ? key() : bytes("\0");
  }

  private PutRequest.Builder put() {
    PutRequest.Builder put = PutRequest.newBuilder().setKey(key()).setPrevKv(random.nextBoolean());
    if (random.nextInt(10) == 0) {
      put.setIgnoreValue(true);
    } else {
      put.setValue(bytes("v" + random.nextInt(20)));
    }
    if (random.nextInt(10) == 0) {
      put.setIgnoreLease(true);
    } else {
      // Lease 3 is not known.
      put.setLease(Math.max(0, random.nextInt(put.getIgnoreValue() ? 5 : 6) - 2));
    }
    return put;
  }

  private DeleteRangeRequest.Builder delete() {
    return DeleteRangeRequest.newBuilder()
        .setKey(key())
        .setRangeEnd(end())
        .setPrevKv(random.nextBoolean());
  }

  private RangeRequest.Builder range() {
    int order = random.nextInt(3);
    return RangeRequest.newBuilder()
        .setKey(key())
        .setRangeEnd(end())
        .setLimit(Math.max(0, random.nextInt(8) - 3))
        .setRevision(random.nextInt(3) > 0 ? 0 : random.nextInt(600))
        .setSortOrderValue(order)
        // etcd cuts before it sorts when no order is asked for, which we do not follow.
        .setSortTargetValue(order == 0 ? 0 : random.nextInt(5))
        .setKeysOnly(random.nextInt(4) == 0)
        .setCountOnly(random.nextInt(6) == 0)
        .setMinModRevision(random.nextInt(4) > 0 ? 0 : random.nextInt(600))
        .setMaxModRevision(random.nextInt(4) > 0 ? 0 : random.nextInt(600))
        .setMinCreateRevision(random.nextInt(4) > 0 ? 0 : random.nextInt(600))
        .setMaxCreateRevision(random.nextInt(4) > 0 ? 0 : random.nextInt(600));
  }

  private TxnRequest.Builder txn(int depth) {
    TxnRequest.Builder txn = TxnRequest.newBuilder();
    for (int i = random.nextInt(3); i > 0; i--) {
      txn.addCompare(compare());
    }
    for (int i = random.nextInt(4); i > 0; i--) {
      txn.addSuccess(op(depth));
    }
    for (int i = random.nextInt(4); i > 0; i--) {
      txn.addFailure(op(depth));
    }
    return txn;
  }

  private RequestOp.Builder op(int depth) {
    RequestOp.Builder op = RequestOp.newBuilder();
    return switch (random.nextInt(depth < 2 ? 8 : 7)) {
      case 0, 1, 2 -> op.setRequestPut(put());
      // etcd overlooks that a delete up to the end meets a put of the same transaction.
      case 3 -> op.setRequestDeleteRange(delete().clearRangeEnd());
      // Of several faults etcd tells that of a put first, we the first one.
      case 4, 5, 6 -> op.setRequestRange(range().clearRevision());
      default -> op.setRequestTxn(txn(depth + 1));
    };
  }

  private Compare.Builder compare() {
    Compare.Builder compare =
        Compare.newBuilder().setKey(key()).setRangeEnd(end()).setResultValue(random.nextInt(4));
    return switch (random.nextInt(5)) {
      case 0 -> compare.setTarget(Compare.CompareTarget.VERSION).setVersion(random.nextInt(5));
      case 1 ->
          compare.setTarget(Compare.CompareTarget.CREATE).setCreateRevision(random.nextInt(600));
      case 2 -> compare.setTarget(Compare.CompareTarget.MOD).setModRevision(random.nextInt(600));
      case 3 ->
          compare.setTarget(Compare.CompareTarget.VALUE).setValue(bytes("v" + random.nextInt(20)));
      default -> compare.setTarget(Compare.CompareTarget.LEASE).setLease(random.nextInt(4));
    };
  }
}
