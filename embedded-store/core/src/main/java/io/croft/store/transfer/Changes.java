package io.croft.store.transfer;

import io.croft.store.Bytes;
import io.croft.store.Event;
import io.croft.store.KeyValue;
import io.croft.store.Store;
import io.croft.store.StoreException;
import io.croft.store.WatchMessage;
import io.croft.store.WatchRequest;
import io.croft.store.WatchStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/// What was changed in a store after a revision, in a form that can be sent and kept. Per revision:
///
/// ```
/// int length of the body, int CRC32C of the body
/// long revision
/// 1, int, key, int, value, long lease, long seconds       per key that was put
/// 2, int, key                                             per key that was deleted
/// ```
///
/// [ChangeFile] keeps and applies them.
public final class Changes {
  static final int PUT = 1;
  static final int DELETE = 2;
  static final int HEAD_BYTES = 8;

  /// As a key the first there is, as the end of a range no end.
  private static final Bytes ZERO = Bytes.wrap(new byte[1]);

  private final Store store;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final Map<Long, Long> seconds = new HashMap<>();

  private Changes(Store store) {
    this.store = store;
  }

  /// The changes after a revision, in order and without gap; waits for one when there is none yet,
  /// and then for those that follow soon.
  ///
  /// @param patience how long to wait for the first one
  /// @param gathering how long to wait for more
  /// @param maxBytes after how much to stop; what a single revision takes may exceed it
  /// @return empty when nothing was changed
  /// @throws StoreException.Compacted when some of them are forgotten
  /// @throws StoreException.FutureRevision when the store has not got that far: it is another one,
  ///   or was restored
  public static byte[] after(
      long revision, Store store, Duration patience, Duration gathering, int maxBytes)
      throws InterruptedException {
    long current = store.revision();
    if (revision > current) {
      throw new StoreException.FutureRevision(revision, current);
    }
    long deadlineNanos = System.nanoTime() + patience.toNanos();
    var changes = new Changes(store);
    try (WatchStream stream = store.watchStream()) {
      stream.watch(new WatchRequest(ZERO, ZERO, revision + 1, true, true, false, false));
      while (changes.out.size() < maxBytes) {
        Duration left = Duration.ofNanos(deadlineNanos - System.nanoTime());
        WatchMessage message = left.isPositive() ? stream.poll(left) : null;
        if (message == null) {
          break;
        }
        switch (message) {
          case WatchMessage.Events events -> {
            if (changes.out.size() == 0) {
              deadlineNanos = System.nanoTime() + gathering.toNanos();
            }
            changes.write(events.events());
          }
          case WatchMessage.Canceled ended -> throw failure(ended, revision + 1);
          case WatchMessage.Created _, WatchMessage.Progress _ -> {
            // Nothing was changed.
          }
        }
      }
    }
    return changes.out.toByteArray();
  }

  private static StoreException failure(WatchMessage.Canceled ended, long wanted) {
    return ended.compactRevision() == 0
        ? new StoreException.Closed(ended.reason())
        : new StoreException.Compacted(wanted, ended.compactRevision());
  }

  private void write(List<Event> events) {
    var same = new ArrayList<Event>();
    for (Event event : events) {
      if (!same.isEmpty() && same.getLast().kv().modRevision() != event.kv().modRevision()) {
        writeRevision(same);
        same.clear();
      }
      same.add(event);
    }
    writeRevision(same);
  }

  private void writeRevision(List<Event> events) {
    var bytes = new ByteArrayOutputStream();
    try (var body = new DataOutputStream(bytes)) {
      body.writeLong(events.getFirst().kv().modRevision());
      for (Event event : events) {
        KeyValue kv = event.kv();
        if (event.kind() == Event.Kind.DELETE) {
          body.writeByte(DELETE);
          write(body, kv.key());
        } else {
          body.writeByte(PUT);
          write(body, kv.key());
          write(body, kv.value());
          body.writeLong(kv.lease());
          body.writeLong(kv.lease() == 0 ? 0 : seconds.computeIfAbsent(kv.lease(), this::seconds));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory does not fail
    }
    byte[] body = bytes.toByteArray();
    out.writeBytes(ByteBuffer.allocate(HEAD_BYTES).putInt(body.length).putInt(crc(body)).array());
    out.writeBytes(body);
  }

  private static void write(DataOutputStream out, Bytes bytes) throws IOException {
    out.writeInt(bytes.length());
    out.write(bytes.array());
  }

  /// Of one that has ended since, a second: the deletion of its keys follows.
  private long seconds(long lease) {
    try {
      return store.leases().timeToLive(lease).ttlSeconds();
    } catch (StoreException.LeaseNotFound e) {
      return 1;
    }
  }

  static int crc(byte[] body) {
    var crc = new CRC32C();
    crc.update(body);
    return (int) crc.getValue();
  }
}
