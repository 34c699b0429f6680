package io.croft.base.http;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

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

  /// As [#readAll(int)], but waits no longer than `patience` where it is shorter than usual.
  default byte[] readAll(int maxBytes, Duration patience) throws IOException {
    return readAll(maxBytes);
  }

  /// Has something done once the sender has gone before it was answered; at once when it has.
  /// Never, for senders of whom that is not known.
  default void onGone(Runnable action) {}

  /// The body piece by piece, for who passes it on: reading blocks until the sender has sent more,
  /// and the sender is held back meanwhile. Takes the place of {@link #readAll}. It may be read by
  /// another thread than the request's, and by one at a time.
  ///
  /// @throws IOException from reads when the sender goes away, or sends nothing for too long
  default InputStream open() throws IOException {
    return new ByteArrayInputStream(readAll(Integer.MAX_VALUE));
  }

  /// How long the sender says that it is, in bytes; -1 when it does not say.
  default long declaredBytes() {
    return -1;
  }

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
