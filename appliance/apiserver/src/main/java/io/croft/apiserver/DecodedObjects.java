package io.croft.apiserver;

import io.croft.apiserver.storage.Stored;
import io.croft.base.LruMap;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.security.token.ObjectLookup;
import io.croft.store.Bytes;
import java.util.Map;
import java.util.Optional;

/// What tokens rest on, as it is stored at this moment. Every request with a token asks whether it
/// is still the same and stays, so `uid` and `deletionTimestamp` are decoded once and kept until
/// the object is written again. Nothing else of it is told, as whoever makes objects would else
/// choose how much memory that takes; but a Secret is told whole, and not kept. Thread-safe.
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
    return stored.map(plural.equals("secrets") ? DecodedObjects::whole : this::identity);
  }

  private static ApiObject whole(Stored stored) {
    return ApiObject.of(stored.json());
  }

  private ApiObject identity(Stored stored) {
    synchronized (kept) {
      Decoded known = kept.get(stored.key());
      if (known != null && known.revision() == stored.revision()) {
        return known.object();
      }
    }
    ApiObject whole = whole(stored);
    ApiObject object =
        ApiObject.of(Json.object())
            .setUid(whole.uid())
            .setDeletionTimestamp(whole.deletionTimestamp());
    synchronized (kept) {
      kept.put(stored.key(), new Decoded(stored.revision(), object));
    }
    return object;
  }
}
