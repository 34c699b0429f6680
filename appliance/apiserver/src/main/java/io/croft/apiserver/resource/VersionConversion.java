package io.croft.apiserver.resource;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/// Turns objects of a served version into the stored one and back. Works on trees that the caller
/// owns and gives away: what is returned may be the same tree or another. A conversion that others
/// carry out throws `io.croft.model.StatusException` when they fail.
public interface VersionConversion {
  /// Served and stored version are the same.
  VersionConversion NONE =
      new VersionConversion() {
        @Override
        public ObjectNode toStorage(ObjectNode served) {
          return served;
        }

        @Override
        public ObjectNode fromStorage(ObjectNode stored) {
          return stored;
        }

        @Override
        public boolean keepsOwnVersion() {
          return true;
        }
      };

  ObjectNode toStorage(ObjectNode served);

  ObjectNode fromStorage(ObjectNode stored);

  /// As `fromStorage`, for many objects at a time; in the same order.
  default List<ObjectNode> fromStorage(List<ObjectNode> stored) {
    return stored.stream().map(this::fromStorage).toList();
  }

  /// As `fromStorage`, for an object just as it was read, which many watchers are told of at about
  /// the same time.
  default ObjectNode observed(ObjectNode stored) {
    return fromStorage(stored);
  }

  /// Whether an object that is stored in the served version is served just as it is.
  default boolean keepsOwnVersion() {
    return false;
  }

  /// Stored as served, which others that use the same store need not do: kube-apiserver may store a
  /// kind in a version that differs by its name alone.
  static VersionConversion named(String apiVersion) {
    return named(apiVersion, apiVersion);
  }

  /// Between versions that differ by their names alone.
  static VersionConversion named(String servedVersion, String storedVersion) {
    return new VersionConversion() {
      @Override
      public ObjectNode toStorage(ObjectNode served) {
        return served.put("apiVersion", storedVersion);
      }

      @Override
      public ObjectNode fromStorage(ObjectNode stored) {
        return stored.put("apiVersion", servedVersion);
      }

      @Override
      public boolean keepsOwnVersion() {
        return true;
      }
    };
  }
}
