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

  /// Only `apiVersion` differs.
  static VersionConversion renaming(String servedApiVersion, String storedApiVersion) {
    if (servedApiVersion.equals(storedApiVersion)) {
      return NONE;
    }
    return new VersionConversion() {
      @Override
      public ObjectNode toStorage(ObjectNode served) {
        return served.put("apiVersion", storedApiVersion);
      }

      @Override
      public ObjectNode fromStorage(ObjectNode stored) {
        return stored.put("apiVersion", servedApiVersion);
      }
    };
  }
}
