package io.croft.apiserver.registry;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.resource.ResourceType;
import io.croft.apiserver.storage.Stored;
import io.croft.model.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An object on its way to a client. Used by one thread.
public sealed interface Item {
  /// The object in the served version, the receiver's own.
  ObjectNode json();

  /// The object as JSON text, just as it was read.
  byte[] bytes();

  /// An object that is a tree already.
  record Tree(ObjectNode json) implements Item {
    @Override
    public byte[] bytes() {
      return Json.bytes(json);
    }
  }

  /// An object that is sent as it is stored, and decoded only for those who look into it.
  final class Kept implements Item {
    private final ResourceType type;
    private final Stored stored;
    private @Nullable ObjectNode json;

    private Kept(ResourceType type, Stored stored) {
      this.type = type;
      this.stored = stored;
    }

    @Override
    public ObjectNode json() {
      ObjectNode known = json;
      if (known == null) {
        known = type.conversion().observed(stored.json());
        json = known;
      }
      return known;
    }

    @Override
    public byte[] bytes() {
      byte[] verbatim = stored.verbatim(type.gvr().apiVersion());
      return verbatim == null ? Json.bytes(json()) : verbatim;
    }
  }

  /// Stored objects as they are served, in the same order.
  static List<Item> all(ResourceType type, List<Stored> stored) {
    if (type.conversion().keepsOwnVersion()) {
      return stored.stream().<Item>map(object -> new Kept(type, object)).toList();
    }
    List<ObjectNode> trees = stored.stream().map(Stored::json).toList();
    return type.conversion().fromStorage(trees).stream().<Item>map(Tree::new).toList();
  }

  /// A stored object as it is served to one of many that are told of it.
  static Item of(ResourceType type, Stored stored) {
    return type.conversion().keepsOwnVersion()
        ? new Kept(type, stored)
        : new Tree(type.conversion().observed(stored.json()));
  }
}
