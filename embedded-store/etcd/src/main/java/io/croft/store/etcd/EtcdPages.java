package io.croft.store.etcd;

import com.google.protobuf.ByteString;
import io.croft.store.Bytes;
import io.croft.store.etcd.wire.KVGrpc;
import io.croft.store.etcd.wire.Rpc.RangeRequest;
import io.croft.store.etcd.wire.Rpc.RangeResponse;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A range of an endpoint at one revision, in pages of about a MiB. Asks for nothing that kine does
/// not know.
final class EtcdPages {
  /// The most that a page may have; for one that has more, fewer keys are asked for.
  static final int MESSAGE_BYTES = 64 << 20;

  private static final int WANTED_BYTES = 1 << 20;
  private static final int FIRST_KEYS = 10;
  private static final int MOST_KEYS = 1000;

  private final Supplier<KVGrpc.KVBlockingStub> kv;
  private final RangeRequest.Builder request;
  private int keys = FIRST_KEYS;
  private boolean more = true;

  /// @param rangeEnd not empty
  EtcdPages(Supplier<KVGrpc.KVBlockingStub> kv, Bytes from, Bytes rangeEnd, long revision) {
    this.kv = kv;
    this.request =
        RangeRequest.newBuilder()
            .setKey(ToWire.bytes(from))
            .setRangeEnd(ToWire.bytes(rangeEnd))
            .setRevision(revision);
  }

  boolean hasNext() {
    return more;
  }

  /// @throws StatusRuntimeException when it cannot be had
  RangeResponse next() {
    RangeResponse page = null;
    while (page == null) {
      page = tryNext();
    }
    more = page.getMore() && page.getKvsCount() > 0;
    if (more) {
      ByteString last = page.getKvs(page.getKvsCount() - 1).getKey();
      request.setKey(last.concat(ByteString.copyFrom(new byte[1])));
    }
    int bytes = page.getSerializedSize();
    if (bytes < WANTED_BYTES / 2) {
      keys = Math.min(2 * keys, MOST_KEYS);
    } else if (bytes > 2 * WANTED_BYTES) {
      keys = Math.max(1, keys / 2);
    }
    return page;
  }

  /// @return null when the page is too large, and fewer keys are to be asked for
  private @Nullable RangeResponse tryNext() {
    try {
      return kv.get().range(request.setLimit(keys).build());
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() != Code.RESOURCE_EXHAUSTED || keys == 1) {
        throw e;
      }
      keys = Math.max(1, keys / 4);
      return null;
    }
  }
}
