package io.croft.store.etcd;

import static io.croft.store.etcd.Transcript.bytes;

import io.croft.store.etcd.wire.Rpc.DeleteRangeRequest;
import io.croft.store.etcd.wire.Rpc.PutRequest;
import io.croft.store.etcd.wire.Rpc.RequestOp;
import io.croft.store.etcd.wire.Rpc.TxnRequest;
import io.croft.store.etcd.wire.Rpc.WatchCreateRequest;
import io.croft.store.etcd.wire.Rpc.WatchCreateRequest.FilterType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Watches are told what the real etcd tells them.
class WatchDifferentialTest {
  @TempDir Path directory;

  private void assertSame(BiConsumer<Transcript, WatchTape> script) throws IOException {
    BothServers.assertSame(
        directory,
        to -> {
          try (WatchTape tape = new WatchTape(to.client)) {
            script.accept(to, tape);
          }
        });
  }

  private static WatchCreateRequest.Builder key(String key) {
    return WatchCreateRequest.newBuilder().setKey(bytes(key));
  }

  private static WatchCreateRequest.Builder everything() {
    return key("").setRangeEnd(bytes("\0"));
  }

  @Test
  @Tag("S16")
  void tellsOfTheCreationFirst() throws IOException {
    assertSame((to, tape) -> {
      tape.create(key("a"));
      to.lines.addAll(tape.take(1));
      to.put("a", "1");
      to.put("b", "1");
      tape.create(key("a").setRangeEnd(bytes("z")));
      tape.create(everything().setStartRevision(1));
      to.lines.addAll(tape.take(5));
      to.put("a", "2");
      to.lines.addAll(tape.take(3));
    });
  }

  @Test
  @Tag("S17")
  @Tag("S19")
  void replaysHistoryThenFollows() throws IOException {
    assertSame((to, tape) -> {
      for (int i = 0; i < 300; i++) {
        to.put("k" + i % 7, "v" + i);
        if (i % 5 == 0) {
          to.delete("k" + i % 3);
        }
      }
      tape.create(everything().setStartRevision(2).setPrevKv(true));
      tape.create(key("k1").setStartRevision(100));
      tape.create(key("k2").setStartRevision(100).setPrevKv(true));
      to.lines.addAll(tape.take(3 + 360 + 39 + 40));
      to.delete("k5");
      to.delete("k5");
      to.put("k5", "new");
      to.put("k5", "newer");
      to.lines.addAll(tape.take(3));
    });
  }

  @Test
  @Tag("S18")
  void tellsWholeTransactions() throws IOException {
    assertSame((to, tape) -> {
      to.grant(9, 600);
      tape.create(everything().setPrevKv(true));
      to.lines.addAll(tape.take(1));
      TxnRequest.Builder txn = TxnRequest.newBuilder();
      for (int i = 5; i > 0; i--) {
        PutRequest.Builder put =
            PutRequest.newBuilder().setKey(bytes("k" + i)).setValue(bytes("v")).setLease(9);
        txn.addSuccess(RequestOp.newBuilder().setRequestPut(put));
      }
      to.txn(txn);
      to.lines.addAll(tape.take(5));
      to.delete(DeleteRangeRequest.newBuilder().setKey(bytes("k2")).setRangeEnd(bytes("k4")));
      to.lines.addAll(tape.take(2));
      to.revoke(9);
      to.lines.addAll(tape.take(3));
    });
  }

  @Test
  @Tag("S20")
  void cancelsWatchesOfCompactedHistory() throws IOException {
    assertSame((to, tape) -> {
      for (int i = 0; i < 10; i++) {
        to.put("a", "v" + i);
      }
      to.compact(6);
      tape.create(key("a").setStartRevision(2));
      to.lines.addAll(tape.take(2));
      tape.create(key("a").setStartRevision(7));
      to.lines.addAll(tape.take(6));
      tape.create(key("a").setStartRevision(6));
      to.lines.addAll(tape.take(7));
    });
  }

  @Test
  @Tag("S21")
  void holdsBackUntilTheStart() throws IOException {
    assertSame((to, tape) -> {
      tape.create(key("a").setStartRevision(5).setProgressNotify(true));
      to.lines.addAll(tape.take(1));
      for (int i = 0; i < 6; i++) {
        to.put("a", "v" + i);
      }
      to.lines.addAll(tape.take(3));
    });
  }

  @Test
  @Tag("S22")
  void knowsIdsChosenByClientsAndRefusesWhatCannotBe() throws IOException {
    assertSame((to, tape) -> {
      tape.create(key("a").setWatchId(1));
      to.lines.addAll(tape.take(1));
      tape.create(key("a"));
      to.lines.addAll(tape.take(1));
      tape.create(key("a"));
      to.lines.addAll(tape.take(1));
      tape.create(key("a").setWatchId(2));
      to.lines.addAll(tape.take(1));
      tape.create(key("b").setRangeEnd(bytes("a")));
      to.lines.addAll(tape.take(1));
      tape.cancel(77);
      tape.cancel(1);
      to.lines.addAll(tape.take(1));
      tape.create(key("a").setWatchId(1));
      to.lines.addAll(tape.take(1));
      to.put("a", "1");
      to.lines.addAll(tape.take(3));
    });
  }

  @Test
  @Tag("S23")
  void filters() throws IOException {
    assertSame((to, tape) -> {
      tape.create(key("a").addFilters(FilterType.NOPUT));
      tape.create(key("a").addFilters(FilterType.NODELETE));
      tape.create(key("a").addFilters(FilterType.NODELETE).addFilters(FilterType.NOPUT));
      to.lines.addAll(tape.take(3));
      to.put("a", "1");
      to.delete("a");
      to.put("a", "2");
      tape.create(key("a").addFilters(FilterType.NOPUT).setStartRevision(1));
      to.lines.addAll(tape.take(5));
    });
  }

  @Test
  @Tag("S29")
  @Tag("S30")
  void tellsOfExpiry() throws IOException {
    assertSame((to, tape) -> {
      tape.create(
          WatchCreateRequest.newBuilder()
              .setKey(bytes("a"))
              .setRangeEnd(bytes("z"))
              .setPrevKv(true));
      to.lines.addAll(tape.take(1));
      to.grant(1, 2);
      to.grant(2, 3000);
      for (String key : List.of("c", "b", "moved", "freed")) {
        to.put(PutRequest.newBuilder().setKey(bytes(key)).setLease(1));
      }
      // As kube-apiserver refreshes its masterlease: by a new lease.
      to.put(PutRequest.newBuilder().setKey(bytes("moved")).setLease(2));
      to.put(PutRequest.newBuilder().setKey(bytes("freed")));
      to.lines.addAll(tape.take(6));
      to.lines.addAll(tape.take(2));
      to.timeToLive(1);
      to.timeToLive(2);
      to.all();
      to.put("last", "1");
      to.lines.addAll(tape.take(1));
    });
  }

  @Test
  @Tag("S24")
  @Tag("S25")
  void answersProgressRequests() throws IOException {
    assertSame((to, tape) -> {
      to.put("a", "1");
      tape.create(key("a"));
      tape.create(key("b"));
      to.lines.addAll(tape.take(2));
      to.put("c", "1");
      tape.requestProgress();
      to.lines.addAll(tape.take(1));
      to.put("a", "1");
      to.lines.addAll(tape.take(1));
      tape.requestProgress();
      to.lines.addAll(tape.take(1));
    });
  }
}
