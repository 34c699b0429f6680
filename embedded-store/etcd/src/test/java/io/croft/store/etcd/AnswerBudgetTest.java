package io.croft.store.etcd;

import static io.croft.store.etcd.Transcript.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.croft.store.embedded.EmbeddedStore;
import io.croft.store.embedded.StoreConfig;
import io.croft.store.etcd.wire.KVGrpc;
import io.croft.store.etcd.wire.Rpc.PutRequest;
import io.croft.store.etcd.wire.Rpc.RangeRequest;
import io.croft.store.etcd.wire.Rpc.RangeResponse;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AnswerBudgetTest {
  private static final int VALUES = 30;
  private static final int VALUE_BYTES = 1_000_000;
  @TempDir Path directory;

  @Test
  void boundsWhatClientsThatDoNotReadKeepWaiting() throws Exception {
    var answers = new AnswerBudget(40_000_000);
    try (var store = EmbeddedStore.open(directory, StoreConfig.defaults());
        var server = new EtcdServer(store, EtcdConfig.loopback(0, null, directory), answers)) {
      server.start();
      try (var idle = new Endpoint.Client(server.port());
          var other = new Endpoint.Client(server.port())) {
        var kv = KVGrpc.newBlockingStub(other.channel());
        PutRequest.Builder put = PutRequest.newBuilder().setValue(bytes("x".repeat(VALUE_BYTES)));
        for (int i = 0; i < VALUES; i++) {
          var _ = kv.put(put.setKey(bytes("k" + i)).build());
        }
        long direct = directBytes();
        ClientCall<RangeRequest, RangeResponse> unread = ask(idle);
        await(() -> answers.heldBytes() > VALUES * VALUE_BYTES);
        assertThat(directBytes() - direct).isLessThan(VALUES * VALUE_BYTES / 2);

        RangeRequest one = RangeRequest.newBuilder().setKey(bytes("k1")).build();
        assertThatExceptionOfType(StatusRuntimeException.class)
            .isThrownBy(() -> KVGrpc.newBlockingStub(idle.channel()).range(one))
            .withMessage("RESOURCE_EXHAUSTED: etcdserver: too many requests");
        assertThat(kv.range(one).getCount()).isEqualTo(1);

        unread.cancel("enough", null);
        await(() -> answers.heldBytes() == 0);
        assertThat(KVGrpc.newBlockingStub(idle.channel()).range(one).getCount()).isEqualTo(1);
      }
    }
  }

  /// Asks for everything, and takes nothing of the answer.
  private static ClientCall<RangeRequest, RangeResponse> ask(Endpoint.Client client) {
    ClientCall<RangeRequest, RangeResponse> call =
        client.channel().newCall(KVGrpc.getRangeMethod(), CallOptions.DEFAULT);
    call.start(new ClientCall.Listener<>() {}, new Metadata());
    call.sendMessage(Transcript.everything().build());
    call.halfClose();
    return call;
  }

  private static long directBytes() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("direct"))
        .mapToLong(BufferPoolMXBean::getMemoryUsed)
        .sum();
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    for (int i = 0; i < 3000 && !condition.getAsBoolean(); i++) {
      Thread.sleep(10);
    }
    assertThat(condition.getAsBoolean()).isTrue();
  }
}
