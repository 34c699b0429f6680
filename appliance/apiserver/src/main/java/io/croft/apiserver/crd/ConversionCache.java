package io.croft.apiserver.crd;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.model.StatusException;
import io.croft.model.Statuses;
import io.croft.model.StoredJson;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;

/// What objects become in other versions, remembered for a while, so that a change which many
/// watchers are told of is converted once. Holds 16 MiB at most, the least recently used forgotten
/// first, as bytes. Thread-safe.
final class ConversionCache {
  private static final long MAX_BYTES = 16 << 20;

  /// What an entry takes besides.
  private static final long ENTRY_BYTES = 512;

  /// One state of an object in one version, as one state of a definition has it converted.
  record Key(
      String definition, long revision, String apiVersion, String uid, String resourceVersion) {}

  private final Map<Key, CompletableFuture<byte[]>> entries = new LinkedHashMap<>(16, 0.75f, true);
  private long bytes;

  /// @param conversion carried out on a thread of its own, as others may come to wait for it, too
  /// @return the caller's own copy
  /// @throws StatusException as the conversion does
  ObjectNode get(Key key, Supplier<ObjectNode> conversion) {
    CompletableFuture<byte[]> entry;
    synchronized (this) {
      entry = entries.get(key);
      if (entry == null) {
        entry = new CompletableFuture<>();
        entries.put(key, entry);
        CompletableFuture<byte[]> begun = entry;
        Thread.ofVirtual().name("conversion").start(() -> convert(key, begun, conversion));
      }
    }
    return await(entry);
  }

  private void convert(Key key, CompletableFuture<byte[]> entry, Supplier<ObjectNode> conversion) {
    try {
      byte[] converted = Json.bytes(conversion.get());
      keep(converted.length);
      entry.complete(converted);
    } catch (RuntimeException | Error e) {
      synchronized (this) {
        entries.remove(key);
      }
      entry.completeExceptionally(e);
    }
  }

  private synchronized void keep(int more) {
    bytes += more + ENTRY_BYTES;
    var eldest = entries.entrySet().iterator();
    while (bytes > MAX_BYTES && eldest.hasNext()) {
      CompletableFuture<byte[]> entry = eldest.next().getValue();
      if (entry.isDone()) {
        bytes -= entry.join().length + ENTRY_BYTES;
        eldest.remove();
      }
    }
  }

  private static ObjectNode await(CompletableFuture<byte[]> entry) {
    try {
      return StoredJson.parse(entry.get());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Statuses.serviceUnavailable("interrupted while an object was being converted");
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case StatusException refusal -> throw refusal;
        case RuntimeException defect -> throw defect;
        case null, default -> throw new IllegalStateException("conversion failed", e);
      }
    } catch (MalformedJsonException e) {
      throw new IllegalStateException("a converted object cannot be read again", e);
    }
  }
}
