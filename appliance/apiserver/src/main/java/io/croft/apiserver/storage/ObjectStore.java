package io.croft.apiserver.storage;

import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.store.Bytes;
import io.croft.store.Compare;
import io.croft.store.Event;
import io.croft.store.KeyValue;
import io.croft.store.Op;
import io.croft.store.RangeRequest;
import io.croft.store.RangeResult;
import io.croft.store.Store;
import io.croft.store.Txn;
import io.croft.store.TxnResult;
import io.croft.store.WatchMessage;
import io.croft.store.WatchRequest;
import io.croft.store.WatchStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Objects in the store. Stored bytes are JSON without `metadata.resourceVersion`, which is the
/// key's revision; some prefixes are sealed. Thread-safe.
public final class ObjectStore {
  private final Store store;
  private final Map<String, Sealing> sealings;
  private final LeasePool leases;

  /// @param sealings by storage prefix (`/registry/secrets`); prefixes not named are stored as they
  ///   are
  public ObjectStore(Store store, Map<String, Sealing> sealings) {
    this.store = store;
    this.sealings = Map.copyOf(sealings);
    this.leases = new LeasePool(store.leases());
  }

  public long revision() {
    return store.revision();
  }

  public Optional<Stored> get(StorageLocation location, String namespace, String name) {
    RangeResult range = store.range(RangeRequest.key(location.key(namespace, name)));
    return range.kvs().stream().findFirst().map(kv -> read(location, kv));
  }

  /// Whether a guard's key is at its revision.
  public boolean holds(Guard guard) {
    return store.range(RangeRequest.key(guard.key()).withoutValues()).kvs().stream()
        .anyMatch(kv -> kv.modRevision() == guard.revision());
  }

  /// Writes an object if its key is at `expected` (0: absent) and the guards hold.
  ///
  /// @param object loses its resource version
  /// @param ttl how long the object lives; zero for ever
  public WriteOutcome put(
      StorageLocation location, ApiObject object, long expected, List<Guard> guards, Duration ttl) {
    Bytes key = location.key(object.namespace(), object.name());
    object.setResourceVersion("");
    byte[] value = sealing(location).seal(Json.bytes(object.json()), key.array());
    long lease = ttl.isZero() ? 0 : leases.leaseFor(ttl);
    return write(key, expected, guards, Op.put(key, Bytes.wrap(value), lease));
  }

  /// Removes an object if its key is at `expected`.
  public WriteOutcome remove(
      StorageLocation location, String namespace, String name, long expected) {
    Bytes key = location.key(namespace, name);
    return write(key, expected, List.of(), Op.delete(key));
  }

  private WriteOutcome write(Bytes key, long expected, List<Guard> guards, Op op) {
    var compares = new ArrayList<Compare>(2);
    compares.add(Compare.modRevision(key, expected));
    guards.forEach(g -> compares.add(Compare.modRevision(g.key(), g.revision())));
    Op look = new Op.Range(RangeRequest.key(key).withoutValues());
    TxnResult result = store.txn(new Txn(compares, List.of(op), List.of(look)));
    if (result.succeeded()) {
      return new WriteOutcome.Written(result.revision());
    }
    var found = (TxnResult.Ranged) result.results().getFirst();
    long actual = found.range().kvs().stream().findFirst().map(KeyValue::modRevision).orElse(0L);
    return actual == expected ? new WriteOutcome.GuardBroken() : new WriteOutcome.Changed();
  }

  /// Reads objects in key order.
  ///
  /// @param after the key behind which to start, null for the beginning
  /// @param limit the most objects, 0 for all
  /// @param revision the revision to read at, 0 for the current one
  /// @throws io.croft.store.StoreException.Compacted when the revision is no longer kept
  public Page list(
      StorageLocation location,
      String namespace,
      @Nullable Bytes after,
      long limit,
      long revision) {
    Bytes prefix = location.collection(namespace);
    Bytes from = after == null ? prefix : after.successor();
    RangeResult range =
        store.range(
            RangeRequest.range(from, prefix.prefixEnd()).withLimit(limit).atRevision(revision));
    List<Stored> items = range.kvs().stream().map(kv -> read(location, kv)).toList();
    long bytes = range.kvs().stream().mapToLong(kv -> kv.value().length()).sum();
    return new Page(range.revision(), items, bytes, range.more(), range.count());
  }

  /// What tells one state of a collection from any other: every write moves `newest`, every removal
  /// lowers `count`.
  public record Mark(long count, long newest) {
    /// Of a collection that never held anything.
    public static final Mark EMPTY = new Mark(0, 0);
  }

  /// The present state of a collection, without reading its objects.
  public Mark mark(StorageLocation location) {
    Bytes prefix = location.collection("");
    RangeResult range = store.range(RangeRequest.range(prefix, prefix.prefixEnd()).withoutValues());
    long newest = range.kvs().stream().mapToLong(KeyValue::modRevision).max().orElse(0);
    return new Mark(range.count(), newest);
  }

  /// Watches a collection.
  ///
  /// @param name when not empty, only that object
  /// @param from the first revision wanted
  public ObjectWatch watch(StorageLocation location, String namespace, String name, long from) {
    WatchStream stream = store.watchStream();
    Bytes key = name.isEmpty() ? location.collection(namespace) : location.key(namespace, name);
    Bytes end = name.isEmpty() ? key.prefixEnd() : Bytes.EMPTY;
    stream.watch(new WatchRequest(key, end, from, true, true, true, true));
    return new Reading(location, stream);
  }

  private final class Reading implements ObjectWatch {
    private final StorageLocation location;
    private final WatchStream stream;

    Reading(StorageLocation location, WatchStream stream) {
      this.location = location;
      this.stream = stream;
    }

    @Override
    public List<Change> next(Duration timeout) throws InterruptedException {
      return switch (stream.poll(timeout)) {
        case null -> List.of();
        // Its revision is the store's, not yet what this watch has been told.
        case WatchMessage.Created created -> List.of();
        case WatchMessage.Progress progress -> List.of(new Change.Progress(progress.revision()));
        case WatchMessage.Events events -> events.events().stream().map(this::change).toList();
        case WatchMessage.Canceled canceled ->
            List.of(new Change.Lost(canceled.revision(), canceled.reason()));
      };
    }

    private Change change(Event event) {
      KeyValue kv = event.kv();
      KeyValue previous = event.previous();
      return switch (event.kind()) {
        case PUT ->
            new Change.Put(read(location, kv), previous == null ? null : read(location, previous));
        case DELETE -> {
          if (previous == null) {
            throw new StoredObjectException("a removal of " + kv.key() + " without its last state");
          }
          yield new Change.Removed(read(location, previous, kv.modRevision()));
        }
      };
    }

    @Override
    public boolean closed() {
      return stream.isClosed();
    }

    @Override
    public void close() {
      stream.close();
    }
  }

  private Sealing sealing(StorageLocation location) {
    return sealings.getOrDefault(location.prefix(), Sealing.NONE);
  }

  private Stored read(StorageLocation location, KeyValue kv) {
    return read(location, kv, kv.modRevision());
  }

  private Stored read(StorageLocation location, KeyValue kv, long revision) {
    return new Stored(sealing(location), kv, revision);
  }
}
