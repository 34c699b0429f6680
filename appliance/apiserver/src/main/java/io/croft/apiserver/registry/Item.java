package io.croft.apiserver.registry;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.resource.ResourceType;
import io.croft.apiserver.storage.Stored;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.model.StoredJson;
import java.util.List;

/// An object on its way to a client: a tree where somebody had to look into it, else what is
/// stored, never decoded.
public sealed interface Item {
  /// The object in the served version, the receiver's own.
  ObjectNode json();

  /// The same as JSON text.
  byte[] bytes();

  /// An object that somebody has looked into.
  record Tree(ObjectNode json) implements Item {
    @Override
    public byte[] bytes() {
      return Json.bytes(json);
    }
  }

  /// An object that nobody has looked into.
  @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
  record Verbatim(byte[] bytes) implements Item {
    @Override
    public ObjectNode json() {
      try {
        return StoredJson.parse(bytes);
      } catch (MalformedJsonException e) {
        throw new IllegalStateException("what is stored is not JSON", e);
      }
    }
  }

  /// Stored objects as they are served, in the same order.
  ///
  /// @param closed whether nobody is going to look into them
  static List<Item> all(ResourceType type, List<Stored> stored, boolean closed) {
    if (closed && type.conversion().keepsOwnVersion()) {
      return stored.stream().map(object -> of(type, object, true)).toList();
    }
    List<ObjectNode> trees = stored.stream().map(Stored::json).toList();
    return type.conversion().fromStorage(trees).stream().<Item>map(Tree::new).toList();
  }

  /// A stored object as it is served to one of many that are told of it.
  ///
  /// @param closed whether nobody is going to look into it
  static Item of(ResourceType type, Stored stored, boolean closed) {
    byte[] verbatim =
        closed && type.conversion().keepsOwnVersion()
            ? stored.verbatim(type.gvr().apiVersion())
            : null;
    return verbatim == null
        ? new Tree(type.conversion().observed(stored.json()))
        : new Verbatim(verbatim);
  }
}
