package io.croft.apiserver.storage;

/// How stored bytes are protected. `context` is the key that they are stored under: bytes moved to
/// another key do not open.
public interface Sealing {
  /// Bytes as they are.
  Sealing NONE =
      new Sealing() {
        @Override
        public byte[] seal(byte[] plain, byte[] context) {
          return plain;
        }

        @Override
        public byte[] open(byte[] sealed, byte[] context) {
          return sealed;
        }
      };

  byte[] seal(byte[] plain, byte[] context);

  /// @throws StoredObjectException when the bytes were not sealed with a known key, or have been
  ///   changed
  byte[] open(byte[] sealed, byte[] context);
}
