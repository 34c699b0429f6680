package io.croft.apiserver;

import io.croft.apiserver.storage.Stored;
import io.croft.base.LruMap;
import io.croft.model.ApiObject;
import io.croft.security.token.ObjectLookup;
import io.croft.store.Bytes;
import java.util.Map;
import java.util.Optional;

/// What tokens rest on, as it is stored at this moment. Every request with a token asks for it, so
/// an object is decoded once and kept until it is written again; a Secret is not kept. The objects
/// are shared: nobody writes to them. Thread-safe.
final class DecodedObjects implements ObjectLookup {
  private static final int KEPT = 1024;

  private final Source source;
  private final Map<Bytes, Decoded> kept = new LruMap<>(KEPT);

  private record Decoded(long revision, ApiObject object) {}

  /// Reads an object of the core group.
  @FunctionalInterface
  interface Source {
    Optional<Stored> find(String plural, String namespace, String name);
  }

  DecodedObjects(Source source) {
    this.source = source;
  }

  @Override
  public Optional<ApiObject> find(String plural, String namespace, String name) {
    Optional<Stored> stored = source.find(plural, namespace, name);
    return stored.map(plural.equals("secrets") ? DecodedObjects::decoded : this::kept);
  }

  private static ApiObject decoded(Stored stored) {
    return ApiObject.of(stored.json());
  }

  private ApiObject kept(Stored stored) {
    synchronized (kept) {
      Decoded known = kept.get(stored.key());
      if (known != null && known.revision() == stored.revision()) {
        return known.object();
      }
    }
    ApiObject object = decoded(stored);
    synchronized (kept) {
      kept.put(stored.key(), new Decoded(stored.revision(), object));
    }
    return object;
  }
}
