package io.croft.store.etcd;

import java.util.HashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/// The watches of a session: clients may choose ids themselves, the store counts its own.
final class Watches {
  private final Map<Long, Entry> byId = new HashMap<>();
  private final Map<Long, Entry> byStoreId = new HashMap<>();
  private long nextId;

  /// A watch.
  static final class Entry {
    private final long id;
    private final long storeId;
    private final boolean fragment;
    private boolean created;

    private Entry(long id, long storeId, boolean fragment) {
      this.id = id;
      this.storeId = storeId;
      this.fragment = fragment;
    }

    /// As the client knows it.
    long id() {
      return id;
    }

    long storeId() {
      return storeId;
    }

    boolean fragment() {
      return fragment;
    }

    /// Whether the client knows of it.
    boolean isCreated() {
      return created;
    }

    void setCreated() {
      created = true;
    }
  }

  /// @param wanted 0 for any
  boolean isTaken(long wanted) {
    return wanted != 0 && byId.containsKey(wanted);
  }

  /// @param wanted 0 for the next that is free
  void add(long storeId, long wanted, boolean fragment) {
    Entry watch = new Entry(wanted == 0 ? free() : wanted, storeId, fragment);
    byId.put(watch.id, watch);
    byStoreId.put(storeId, watch);
  }

  private long free() {
    while (byId.containsKey(nextId)) {
      nextId++;
    }
    return nextId++;
  }

  @Nullable Entry byId(long id) {
    return byId.get(id);
  }

  /// @throws NoSuchElementException when there is none, which were a fault of the store
  Entry byStoreId(long storeId) {
    Entry watch = byStoreId.get(storeId);
    if (watch == null) {
      throw new NoSuchElementException("no watch " + storeId);
    }
    return watch;
  }

  /// Lets another watch have the id, while messages of this one are still to come.
  void free(Entry watch) {
    byId.remove(watch.id, watch);
  }

  void remove(Entry watch) {
    free(watch);
    byStoreId.remove(watch.storeId);
  }
}
