package io.croft.apiserver.storage;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.ApiObject;
import io.croft.model.MalformedJsonException;
import io.croft.model.StoredJson;
import io.croft.store.Bytes;
import io.croft.store.KeyValue;
import org.jspecify.annotations.Nullable;

/// An object as it was read; unsealed and decoded only when somebody asks for it.
public final class Stored {
  private final Sealing sealing;
  private final KeyValue kv;
  private final long revision;

  /// @param revision becomes `metadata.resourceVersion`
  Stored(Sealing sealing, KeyValue kv, long revision) {
    this.sealing = sealing;
    this.kv = kv;
    this.revision = revision;
  }

  public Bytes key() {
    return kv.key();
  }

  public long revision() {
    return revision;
  }

  /// The object, a copy of the caller's own; `metadata.managedFields` is still text ({@link
  /// StoredJson}).
  ///
  /// @throws StoredObjectException when it is not an object
  public ObjectNode json() {
    try {
      ObjectNode object = StoredJson.parse(content());
      ApiObject.of(object).setResourceVersion(Long.toString(revision));
      return object;
    } catch (MalformedJsonException e) {
      throw new StoredObjectException("what is stored under " + key() + " is not an object", e);
    }
  }

  /// The object as JSON text, never decoded; null when it is stored in another version, or in a way
  /// that takes decoding to tell.
  public byte @Nullable [] verbatim(String apiVersion) {
    return StoredJson.verbatim(content(), apiVersion, revision);
  }

  private byte[] content() {
    return sealing.open(kv.value().array(), kv.key().array());
  }
}
