package io.croft.store.etcd;

import static io.croft.store.etcd.Transcript.bytes;
import static io.croft.store.etcd.Transcript.everything;

import com.google.protobuf.ByteString;
import io.croft.store.etcd.wire.Rpc;
import io.croft.store.etcd.wire.Rpc.Compare;
import io.croft.store.etcd.wire.Rpc.Compare.CompareResult;
import io.croft.store.etcd.wire.Rpc.Compare.CompareTarget;
import io.croft.store.etcd.wire.Rpc.DeleteRangeRequest;
import io.croft.store.etcd.wire.Rpc.PutRequest;
import io.croft.store.etcd.wire.Rpc.RangeRequest;
import io.croft.store.etcd.wire.Rpc.RangeRequest.SortOrder;
import io.croft.store.etcd.wire.Rpc.RangeRequest.SortTarget;
import io.croft.store.etcd.wire.Rpc.RequestOp;
import io.croft.store.etcd.wire.Rpc.TxnRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Requests of every kind are answered as the real etcd answers them.
class DifferentialTest {
  @TempDir Path directory;

  private void assertSame(Consumer<Transcript> script) throws IOException {
    BothServers.assertSame(directory, script);
  }

  private static RangeRequest.Builder range(String key, String end) {
    return RangeRequest.newBuilder().setKey(bytes(key)).setRangeEnd(bytes(end));
  }

  private static PutRequest.Builder put(String key, String value) {
    return PutRequest.newBuilder().setKey(bytes(key)).setValue(bytes(value));
  }

  private static DeleteRangeRequest.Builder delete(String key) {
    return DeleteRangeRequest.newBuilder().setKey(bytes(key));
  }

  private static RequestOp op(RangeRequest.Builder range) {
    return RequestOp.newBuilder().setRequestRange(range).build();
  }

  private static RequestOp op(PutRequest.Builder put) {
    return RequestOp.newBuilder().setRequestPut(put).build();
  }

  private static RequestOp op(DeleteRangeRequest.Builder delete) {
    return RequestOp.newBuilder().setRequestDeleteRange(delete).build();
  }

  private static RequestOp op(TxnRequest.Builder txn) {
    return RequestOp.newBuilder().setRequestTxn(txn).build();
  }

  private static Compare.Builder mod(String key, long revision) {
    return Compare.newBuilder()
        .setKey(bytes(key))
        .setTarget(CompareTarget.MOD)
        .setModRevision(revision);
  }

  @Test
  @Tag("S1")
  @Tag("S2")
  @Tag("S3")
  void countsRevisionsAndVersions() throws IOException {
    assertSame(to -> {
      to.all();
      to.put("a", "1");
      to.put("a", "2");
      to.put("b", "1");
      to.delete("absent");
      to.put(put("a", "3").setPrevKv(true));
      to.put(put("c", "3").setPrevKv(true));
      to.delete(delete("a").setPrevKv(true));
      to.delete("a");
      to.get("a");
      to.put("a", "4");
      to.delete(delete("a").setRangeEnd(bytes("c")).setPrevKv(true));
      to.put(put("d", ""));
      to.put(put("d", "kept"));
      to.put(put("d", "").setIgnoreValue(true).setPrevKv(true));
      to.put(put("d", "new").setIgnoreLease(true));
      to.all();
    });
  }

  @Test
  @Tag("S4")
  @Tag("S5")
  void doesTheTransactionsOfKubeApiserver() throws IOException {
    assertSame(to -> {
      TxnRequest.Builder create =
          TxnRequest.newBuilder().addCompare(mod("k", 0)).addSuccess(op(put("k", "1")));
      to.txn(create);
      to.txn(create);
      for (long revision : new long[] {0, 2, 2, 9}) {
        to.txn(
            TxnRequest.newBuilder()
                .addCompare(mod("k", revision))
                .addSuccess(op(put("k", "2")))
                .addFailure(op(range("k", ""))));
      }
      for (long revision : new long[] {2, 3, 3, 0}) {
        to.txn(
            TxnRequest.newBuilder()
                .addCompare(mod("k", revision))
                .addSuccess(op(delete("k")))
                .addFailure(op(range("k", ""))));
      }
      for (long version : new long[] {0, 0, 1}) {
        Compare.Builder compare =
            Compare.newBuilder()
                .setKey(bytes("compact_rev_key"))
                .setTarget(CompareTarget.VERSION)
                .setVersion(version);
        to.txn(
            TxnRequest.newBuilder()
                .addCompare(compare)
                .addSuccess(op(put("compact_rev_key", "4")))
                .addFailure(op(range("compact_rev_key", ""))));
      }
    });
  }

  @Test
  @Tag("S6")
  void refusesTransactionsThatBreakTheRules() throws IOException {
    assertSame(to -> {
      to.get("");
      to.put("", "1");
      to.delete("");
      to.txn(TxnRequest.newBuilder());
      to.txn(TxnRequest.newBuilder().addSuccess(RequestOp.getDefaultInstance()));
      to.txn(TxnRequest.newBuilder().addCompare(mod("", 1)));
      to.txn(TxnRequest.newBuilder().addSuccess(op(put("", "1"))));
      to.txn(TxnRequest.newBuilder().addFailure(op(range("", ""))));
      to.txn(TxnRequest.newBuilder().addSuccess(op(delete(""))));
      to.txn(TxnRequest.newBuilder().addSuccess(op(put("a", "1"))).addSuccess(op(put("a", "2"))));
      to.txn(TxnRequest.newBuilder().addSuccess(op(put("a", "1"))).addSuccess(op(delete("a"))));
      to.txn(TxnRequest.newBuilder().addSuccess(op(delete("a"))).addSuccess(op(put("a", "1"))));
      to.txn(
          TxnRequest.newBuilder()
              .addSuccess(op(put("b", "1")))
              .addSuccess(op(delete("a").setRangeEnd(bytes("c")))));
      to.txn(
          TxnRequest.newBuilder()
              .addFailure(op(put("a", "1")))
              .addFailure(op(TxnRequest.newBuilder().addSuccess(op(put("a", "2"))))));
      to.txn(
          TxnRequest.newBuilder()
              .addSuccess(
                  op(
                      TxnRequest.newBuilder()
                          .addSuccess(op(put("a", "2")))
                          .addFailure(op(put("a", "3"))))));
      for (int count : new int[] {128, 129}) {
        TxnRequest.Builder many = TxnRequest.newBuilder();
        TxnRequest.Builder manyCompares = TxnRequest.newBuilder();
        for (int i = 0; i < count; i++) {
          many.addSuccess(op(put("k" + i, "1")));
          manyCompares.addCompare(mod("k" + i, 5));
        }
        to.txn(many);
        to.txn(manyCompares);
      }
      to.put(put("a", "1").setIgnoreValue(true));
      to.put(put("absent", "").setIgnoreValue(true));
      to.put(put("absent", "").setIgnoreLease(true));
      to.put(put("a", "").setIgnoreLease(true).setLease(7));
      to.put(put("a", "").setLease(7));
      to.range(range("a", "").setLimit(-1).setRevision(-1));
      to.all();
    });
  }

  @Test
  @Tag("S7")
  @Tag("S8")
  void ordersKeysAsUnsignedBytes() throws IOException {
    assertSame(to -> {
      byte[][] keys = {
        {0},
        {0, 0},
        {0, (byte) 0xff},
        {1},
        {0x7f},
        {(byte) 0x80},
        {(byte) 0xff},
        {(byte) 0xff, 0},
        {(byte) 0xff, (byte) 0xff},
        {'a'},
        {'a', 0},
        {'a', (byte) 0xff},
        {'b'}
      };
      for (byte[] key : keys) {
        to.put(PutRequest.newBuilder().setKey(ByteString.copyFrom(key)));
      }
      to.all();
      for (byte[] key : keys) {
        for (byte[] end : keys) {
          to.range(
              RangeRequest.newBuilder()
                  .setKey(ByteString.copyFrom(key))
                  .setRangeEnd(ByteString.copyFrom(end))
                  .setKeysOnly(true));
        }
      }
    });
  }

  @Test
  @Tag("S9")
  @Tag("S10")
  void limitsSortsAndFilters() throws IOException {
    assertSame(to -> {
      String[] order = {"c", "a", "d", "b", "a", "e", "a", "c"};
      for (int i = 0; i < order.length; i++) {
        to.put(order[i], "v" + (i * 7) % 5);
      }
      for (int limit = 0; limit <= 6; limit++) {
        to.range(everything().setLimit(limit));
        to.range(range("a", "").setLimit(limit));
        to.range(everything().setLimit(limit).setCountOnly(true));
        to.range(everything().setLimit(limit).setKeysOnly(true).setRevision(5));
        for (SortTarget target :
            new SortTarget[] {
              SortTarget.KEY,
              SortTarget.VERSION,
              SortTarget.CREATE,
              SortTarget.MOD,
              SortTarget.VALUE
            }) {
          for (SortOrder sort :
              new SortOrder[] {SortOrder.NONE, SortOrder.ASCEND, SortOrder.DESCEND}) {
            // etcd cuts before it sorts when no order is asked for, which we do not follow.
            int most = sort == SortOrder.NONE ? 0 : limit;
            to.range(everything().setLimit(most).setSortTarget(target).setSortOrder(sort));
          }
        }
        to.range(everything().setLimit(limit).setMinModRevision(4));
        to.range(everything().setLimit(limit).setMaxModRevision(6));
        to.range(everything().setLimit(limit).setMinCreateRevision(3).setMaxCreateRevision(4));
        to.range(everything().setLimit(limit).setMinCreateRevision(3).setCountOnly(true));
      }
    });
  }

  @Test
  @Tag("S11")
  @Tag("S13")
  void readsThePastUntilItIsCompacted() throws IOException {
    assertSame(to -> {
      to.put("a", "1");
      to.put("a", "2");
      to.put("b", "1");
      to.delete("b");
      to.put("a", "3");
      for (long compaction : new long[] {-1, 1, 1, 4, 3, 5, 6, 7}) {
        to.compact(compaction);
        for (long revision = 0; revision <= 7; revision++) {
          to.range(everything().setRevision(revision));
        }
        to.txn(TxnRequest.newBuilder().addSuccess(op(range("a", "").setRevision(2))));
        to.txn(TxnRequest.newBuilder().addSuccess(op(range("a", "").setRevision(99))));
      }
      to.put("a", "4");
      to.all();
    });
  }

  @Test
  void comparesEveryTargetInEveryWay() throws IOException {
    assertSame(to -> {
      to.grant(5, 600);
      to.put("a", "1");
      to.put(put("b", "2").setLease(5));
      to.put("b2", "2");
      to.put("a", "2");
      for (String[] range :
          new String[][] {{"a", ""}, {"a", "c"}, {"b", "\0"}, {"x", ""}, {"x", "z"}}) {
        for (CompareResult result :
            new CompareResult[] {
              CompareResult.EQUAL,
              CompareResult.NOT_EQUAL,
              CompareResult.LESS,
              CompareResult.GREATER
            }) {
          for (long number : new long[] {0, 1, 2, 3, 5}) {
            Compare.Builder any =
                Compare.newBuilder()
                    .setKey(bytes(range[0]))
                    .setRangeEnd(bytes(range[1]))
                    .setResult(result);
            Compare.Builder[] compares = {
              any.clone().setTarget(CompareTarget.VERSION).setVersion(number),
              any.clone().setTarget(CompareTarget.CREATE).setCreateRevision(number),
              any.clone().setTarget(CompareTarget.MOD).setModRevision(number),
              any.clone().setTarget(CompareTarget.LEASE).setLease(number),
              any.clone().setTarget(CompareTarget.VALUE).setValue(bytes(String.valueOf(number))),
              any.clone().setTarget(CompareTarget.VALUE),
            };
            for (Compare.Builder compare : compares) {
              to.txn(TxnRequest.newBuilder().addCompare(compare));
            }
          }
        }
      }
    });
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  @Tag("S2")
  @Tag("S4")
  void answersRandomRequestsAlike(long seed) throws IOException {
    assertSame(to -> new RandomRequests(seed, to).run(1500));
  }

  @Test
  @Tag("S31")
  void keepsLeases() throws IOException {
    assertSame(to -> {
      to.grant(1, 60);
      to.grant(1, 60);
      to.grant(2, 0);
      to.grant(3, -5);
      to.grant(4, 1);
      to.grant(5, 9_000_000_000L);
      to.grant(6, 9_000_000_001L);
      to.put(put("a", "1").setLease(1));
      to.put(put("b", "1").setLease(1));
      to.put(put("c", "1").setLease(5));
      to.put(put("d", "1").setLease(99));
      to.timeToLive(1);
      to.put(put("b", "2").setLease(5));
      to.put(put("c", "2"));
      to.put(put("a", "3").setIgnoreLease(true));
      to.timeToLive(1);
      to.timeToLive(5);
      to.timeToLive(99);
      to.keepAlive(1);
      to.keepAlive(99);
      to.revoke(2);
      to.revoke(3);
      to.revoke(4);
      to.leases();
      to.put(put("a2", "1").setLease(1));
      to.revoke(1);
      to.revoke(1);
      to.revoke(0);
      to.all();
      to.leases();
      to.txn(TxnRequest.newBuilder().addSuccess(op(put("e", "1").setLease(98))));
      to.txn(
          TxnRequest.newBuilder()
              .addSuccess(op(put("e", "1")))
              .addSuccess(op(put("f", "1").setLease(98))));
      to.all();
    });
  }

  @Test
  @Tag("S40")
  void limitsTheSizeOfRequests() throws IOException {
    assertSame(to -> {
      to.put("a", "x".repeat(1_468_006));
      to.put("a", "x".repeat(1_700_000));
      to.range(range("a", "").setKeysOnly(true));
    });
  }

  @Test
  void nestsTransactions() throws IOException {
    assertSame(to -> {
      to.put("a", "1");
      TxnRequest.Builder inner =
          TxnRequest.newBuilder()
              .addCompare(mod("a", 2))
              .addSuccess(op(put("b", "1").setPrevKv(true)))
              .addSuccess(op(range("b", "")))
              .addFailure(op(range("a", "")));
      TxnRequest.Builder outer =
          TxnRequest.newBuilder()
              .addSuccess(op(delete("x")))
              .addSuccess(op(inner))
              .addSuccess(op(range("a", "c")))
              .addSuccess(op(put("c", "1")))
              .addSuccess(op(delete("a").setPrevKv(true)));
      to.txn(outer);
      to.txn(outer);
      to.all();
      TxnRequest.Builder reading =
          TxnRequest.newBuilder()
              .addSuccess(op(TxnRequest.newBuilder().addSuccess(op(range("b", "")))));
      to.txn(reading);
      Rpc.TxnRequest.Builder deep = TxnRequest.newBuilder().addSuccess(op(put("deep", "1")));
      for (int i = 0; i < 10; i++) {
        deep = TxnRequest.newBuilder().addSuccess(op(deep));
      }
      to.txn(deep);
      for (int around : new int[] {126, 127}) {
        TxnRequest.Builder wide = TxnRequest.newBuilder();
        for (int i = 1; i < around; i++) {
          wide.addSuccess(op(range("a", "")));
        }
        TxnRequest.Builder two =
            TxnRequest.newBuilder().addSuccess(op(range("a", ""))).addSuccess(op(range("b", "")));
        to.txn(wide.addSuccess(op(two)));
      }
    });
  }
}
