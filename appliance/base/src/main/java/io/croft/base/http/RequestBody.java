package io.croft.base.http;

import java.io.IOException;

/// A request's body. It is read at most once, by the thread that handles the request; until then
/// the sender is held back, so a caller that is refused costs no memory.
@FunctionalInterface
public interface RequestBody {
  RequestBody EMPTY = maxBytes -> new byte[0];

  /// Reads all of the body, blocking until it is complete.
  ///
  /// @param maxBytes the most that is accepted, in bytes
  /// @throws BodyTooLargeException when the body is, or says that it is, longer than `maxBytes`
  /// @throws IOException when the sender goes away first
  byte[] readAll(int maxBytes) throws IOException;

  static RequestBody of(byte[] bytes) {
    return maxBytes -> {
      if (bytes.length > maxBytes) {
        throw new BodyTooLargeException(maxBytes);
      }
      return bytes;
    };
  }

  /// The body is longer than the reader accepts.
  final class BodyTooLargeException extends IOException {
    private final int maxBytes;

    public BodyTooLargeException(int maxBytes) {
      super("request body is larger than " + maxBytes + " bytes");
      this.maxBytes = maxBytes;
    }

    public int maxBytes() {
      return maxBytes;
    }
  }
}
