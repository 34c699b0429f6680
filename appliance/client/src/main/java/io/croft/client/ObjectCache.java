package io.croft.client;

import io.croft.model.ApiObject;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Objects by namespace and name, and by indexes. Thread-safe; a reader sees an object and all
/// index entries for it, or neither.
final class ObjectCache {
  private final ReadWriteLock lock = new ReentrantReadWriteLock();
  private final SortedMap<Request, ApiObject> objects = new TreeMap<>();
  private final Map<String, Index> indexes = new HashMap<>();

  /// Objects by the values that `valuesOf` finds in them.
  private record Index(
      Function<ApiObject, Collection<String>> valuesOf,
      Map<String, SortedMap<Request, ApiObject>> entries) {

    void add(Request key, ApiObject object) {
      for (String value : valuesOf.apply(object)) {
        entries.computeIfAbsent(value, _ -> new TreeMap<>()).put(key, object);
      }
    }

    void remove(Request key, ApiObject object) {
      for (String value : valuesOf.apply(object)) {
        entries.computeIfPresent(
            value,
            (_, found) -> {
              found.remove(key);
              return found.isEmpty() ? null : found;
            });
      }
    }
  }

  void addIndex(String name, Function<ApiObject, Collection<String>> valuesOf) {
    write(() -> {
      var index = new Index(valuesOf, new HashMap<>());
      if (indexes.putIfAbsent(name, index) != null) {
        throw new IllegalStateException("there is an index " + name + " already");
      }
      objects.forEach((key, object) -> index.add(key, object));
      return index;
    });
  }

  /// @return what was there before
  @Nullable ApiObject put(ApiObject object) {
    Request key = Request.of(object);
    return write(() -> {
      ApiObject before = objects.put(key, object);
      for (Index index : indexes.values()) {
        if (before != null) {
          index.remove(key, before);
        }
        index.add(key, object);
      }
      return before;
    });
  }

  /// @return what was there before
  @Nullable ApiObject remove(Request key) {
    return write(() -> {
      ApiObject before = objects.remove(key);
      if (before != null) {
        indexes.values().forEach(index -> index.remove(key, before));
      }
      return before;
    });
  }

  @Nullable ApiObject get(Request key) {
    return read(() -> objects.get(key));
  }

  /// @return in the order of namespace and name
  List<ApiObject> all() {
    return read(() -> List.copyOf(objects.values()));
  }

  List<ApiObject> in(String namespace) {
    return read(() -> {
      // No namespace sorts between one and the same with a zero byte behind it.
      var from = new Request(namespace, "");
      var to = new Request(namespace + "\0", "");
      return List.copyOf(objects.subMap(from, to).values());
    });
  }

  List<Request> keys() {
    return read(() -> List.copyOf(objects.keySet()));
  }

  List<ApiObject> byIndex(String name, String value) {
    return read(() -> {
      Index index = indexes.get(name);
      if (index == null) {
        throw new IllegalArgumentException(
            "there is no index " + name + "; there are " + indexes.keySet());
      }
      SortedMap<Request, ApiObject> found = index.entries.get(value);
      return found == null ? List.of() : List.copyOf(found.values());
    });
  }

  private <T extends @Nullable Object> T read(Supplier<T> action) {
    lock.readLock().lock();
    try {
      return action.get();
    } finally {
      lock.readLock().unlock();
    }
  }

  private <T extends @Nullable Object> T write(Supplier<T> action) {
    lock.writeLock().lock();
    try {
      return action.get();
    } finally {
      lock.writeLock().unlock();
    }
  }
}
