package io.croft.apiserver.resource;

import com.fasterxml.jackson.databind.node.ObjectNode;

/// Turns objects of a served version into the stored one and back. Works in place on trees that the
/// caller owns, and returns them.
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
      };

  ObjectNode toStorage(ObjectNode served);

  ObjectNode fromStorage(ObjectNode stored);

  /// Stored as served, which others that use the same store need not do: kube-apiserver may store a
  /// kind in a version that differs by its name alone.
  static VersionConversion named(String apiVersion) {
    return new VersionConversion() {
      @Override
      public ObjectNode toStorage(ObjectNode served) {
        return served;
      }

      @Override
      public ObjectNode fromStorage(ObjectNode stored) {
        return stored.put("apiVersion", apiVersion);
      }
    };
  }
}
