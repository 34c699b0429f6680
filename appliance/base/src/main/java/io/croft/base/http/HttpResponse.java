package io.croft.base.http;

import java.io.IOException;
import java.io.InputStream;

/// An answer: either whole, or written piece by piece once its head is on the way.
public sealed interface HttpResponse {
  int status();

  Headers headers();

  /// An answer whose body is at hand.
  @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
  record Complete(int status, Headers headers, byte[] body) implements HttpResponse {}

  /// An answer whose body is produced while it is sent: a long list, a watch. A `Content-Length`
  /// among the headers is sent, and the writer then keeps to it.
  ///
  /// Whoever gets one runs its writer once, or abandons it, so that it can let go of what it holds.
  record Streaming(int status, Headers headers, BodyWriter writer) implements HttpResponse {
    /// Runs the writer for a receiver that is gone.
    public void abandon() {
      try {
        writer.writeTo(new Gone());
      } catch (IOException e) {
        // just what a writer does then
      }
    }
  }

  /// The connection stops to speak HTTP: `101 Switching Protocols`, and from there on bytes in both
  /// directions. Only for a request that asked for it over HTTP/1.1.
  ///
  /// Whoever gets one holds its conversation once, or abandons it.
  record Upgraded(Headers headers, Conversation conversation) implements HttpResponse {
    private static final int SWITCHING_PROTOCOLS = 101;

    @Override
    public int status() {
      return SWITCHING_PROTOCOLS;
    }

    /// Holds the conversation with someone who is gone.
    public void abandon() {
      try {
        conversation.hold(InputStream.nullInputStream(), new Gone());
      } catch (IOException e) {
        // just what happens then
      }
    }
  }

  /// What follows an upgrade.
  @FunctionalInterface
  interface Conversation {
    /// Returns when either side has closed.
    ///
    /// @param from what the client sends; reading blocks
    /// @param to what goes to the client
    void hold(InputStream from, BodySink to) throws IOException;
  }

  /// A receiver that is gone.
  final class Gone implements BodySink {
    private Gone() {}

    @Override
    public void write(byte[] bytes) throws IOException {
      throw new IOException("nobody takes the body");
    }

    @Override
    public void flush() throws IOException {
      throw new IOException("nobody takes the body");
    }

    @Override
    public void onClose(Runnable action) {
      action.run();
    }
  }

  static HttpResponse of(int status, String contentType, byte[] body) {
    return new Complete(status, Headers.of("content-type", contentType), body);
  }

  /// Produces a streamed body; the body ends when the method returns.
  @FunctionalInterface
  interface BodyWriter {
    /// @throws IOException when the receiver is gone; anything thrown cuts the connection (or
    ///   resets the HTTP/2 stream) so that the receiver cannot take the body for complete
    void writeTo(BodySink sink) throws IOException;
  }

  /// Bytes that are not in an array.
  @FunctionalInterface
  interface Lent {
    byte[] copy();
  }

  /// Where a streamed body goes.
  interface BodySink {
    /// Adds bytes to the body; blocks while the receiver does not keep up. What is written may wait
    /// in a bounded buffer until `flush`.
    void write(byte[] bytes) throws IOException;

    /// As {@link #write}, for bytes that are not in an array: who knows where they are may keep
    /// them there.
    ///
    /// @param bytes the giver's again when this returns
    default void give(Lent bytes) throws IOException {
      write(bytes.copy());
    }

    /// Sends everything written so far.
    void flush() throws IOException;

    /// Fields that follow the body, for receivers that take some.
    default void trailers(Headers fields) {}

    /// Has `action` run once, on any thread, as soon as the receiver is gone or the server drains;
    /// at once when that has already happened. It must not block.
    void onClose(Runnable action);

    /// As {@link #onClose}, but only when the receiver is gone: for what can come to its end by
    /// itself while the server drains.
    default void onGone(Runnable action) {
      onClose(action);
    }
  }
}
