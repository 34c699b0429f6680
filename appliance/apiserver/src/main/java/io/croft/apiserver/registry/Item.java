package io.croft.apiserver.registry;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.resource.ResourceType;
import io.croft.apiserver.storage.Stored;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.model.StoredJson;
import java.util.List;

/// An object on its way to a client. Used by one thread.
public sealed interface Item {
  /// The object in the served version, the receiver's own; decoded anew at each call.
  ObjectNode json();

  /// The object as JSON text, just as it was read.
  byte[] bytes();

  /// An object that was made for one answer.
  record Tree(ObjectNode json) implements Item {
    @Override
    public byte[] bytes() {
      return Json.bytes(json);
    }
  }

  /// An object that is sent as it is stored, and decoded only for those who look into it. The tree
  /// is not kept: it takes many times the memory of the text.
  record Kept(ResourceType type, Stored stored) implements Item {
    @Override
    public ObjectNode json() {
      return type.conversion().observed(stored.json());
    }

    @Override
    public byte[] bytes() {
      byte[] verbatim = stored.verbatim(type.gvr().apiVersion());
      return verbatim == null ? Json.bytes(json()) : verbatim;
    }
  }

  /// An object that was converted, as JSON text.
  final class Encoded implements Item {
    private final byte[] bytes;

    private Encoded(byte[] bytes) {
      this.bytes = bytes;
    }

    @Override
    public byte[] bytes() {
      return bytes;
    }

    @Override
    public ObjectNode json() {
      try {
        return StoredJson.parse(bytes);
      } catch (MalformedJsonException e) {
        throw new IllegalStateException("what was encoded here cannot be decoded", e);
      }
    }
  }

  /// Stored objects as they are served, in the same order.
  static List<Item> all(ResourceType type, List<Stored> stored) {
    if (type.conversion().keepsOwnVersion()) {
      return stored.stream().<Item>map(object -> new Kept(type, object)).toList();
    }
    List<ObjectNode> trees = stored.stream().map(Stored::json).toList();
    return type.conversion().fromStorage(trees).stream()
        .<Item>map(tree -> new Encoded(Json.bytes(tree)))
        .toList();
  }

  /// A stored object as it is served to one of many that are told of it.
  static Item of(ResourceType type, Stored stored) {
    return type.conversion().keepsOwnVersion()
        ? new Kept(type, stored)
        : new Tree(type.conversion().observed(stored.json()));
  }
}
