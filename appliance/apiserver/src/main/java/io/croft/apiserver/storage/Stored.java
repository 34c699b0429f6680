package io.croft.apiserver.storage;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.ApiObject;
import io.croft.model.MalformedJsonException;
import io.croft.model.StoredJson;
import io.croft.store.Bytes;
import org.jspecify.annotations.Nullable;

/// An object as it was read; decoded only when somebody asks what is in it.
public final class Stored {
  private final Bytes key;
  private final byte[] content;
  private final long revision;

  /// @param content without seal, which may have been what was stored; kept, not copied
  /// @param revision becomes `metadata.resourceVersion`
  Stored(Bytes key, byte[] content, long revision) {
    this.key = key;
    this.content = content;
    this.revision = revision;
  }

  public Bytes key() {
    return key;
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
      ObjectNode object = StoredJson.parse(content);
      ApiObject.of(object).setResourceVersion(Long.toString(revision));
      return object;
    } catch (MalformedJsonException e) {
      throw new StoredObjectException("what is stored under " + key + " is not an object", e);
    }
  }

  /// The object as JSON text, never decoded; null when it is stored in another version, or in a way
  /// that takes decoding to tell.
  public byte @Nullable [] verbatim(String apiVersion) {
    return StoredJson.verbatim(content, apiVersion, revision);
  }
}
