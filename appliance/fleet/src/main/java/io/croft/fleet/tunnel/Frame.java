package io.croft.fleet.tunnel;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;

/// What a [Link] carries: `type (1 byte) stream (4) length (4) payload`, big-endian.
///
/// @param stream 0 for what concerns the whole link
@SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
record Frame(Type type, int stream, byte[] payload) {
  /// The longest payload.
  static final int MAX_BYTES = 16 << 10;

  private static final int HEAD = 9;

  enum Type {
    /// Begins a stream, or answers one: a JSON object.
    HEAD(0),
    DATA(1),
    /// No more data comes.
    END(2),
    /// The stream is broken off.
    RESET(3),
    /// So many more bytes may be sent: 4 bytes.
    CREDIT(4),
    /// To show that the link lives; answered by nothing, as both sides send them.
    PING(5);

    private final int code;

    Type(int code) {
      this.code = code;
    }

    private static Type of(int code) throws IOException {
      for (Type type : values()) {
        if (type.code == code) {
          return type;
        }
      }
      throw new IOException("a frame of the unknown type " + code);
    }
  }

  /// @throws java.io.EOFException at the end of the connection
  static Frame read(DataInputStream from) throws IOException {
    Type type = Type.of(from.readUnsignedByte());
    int stream = from.readInt();
    int length = from.readInt();
    if (length < 0 || length > MAX_BYTES || stream < 0) {
      throw new IOException("malformed frame: %s, %d bytes".formatted(type, length));
    }
    byte[] payload = new byte[length];
    from.readFully(payload);
    return new Frame(type, stream, payload);
  }

  byte[] encode() {
    return ByteBuffer.allocate(HEAD + payload.length)
        .put((byte) type.code)
        .putInt(stream)
        .putInt(payload.length)
        .put(payload)
        .array();
  }

  static Frame of(Type type, int stream) {
    return new Frame(type, stream, new byte[0]);
  }

  static Frame credit(int stream, int bytes) {
    return new Frame(Type.CREDIT, stream, ByteBuffer.allocate(Integer.BYTES).putInt(bytes).array());
  }

  /// @throws IOException when it is no credit that anyone would give
  int credit() throws IOException {
    if (payload.length != Integer.BYTES) {
      throw new IOException("malformed credit");
    }
    int bytes = ByteBuffer.wrap(payload).getInt();
    if (bytes <= 0 || bytes > LinkStream.WINDOW) {
      throw new IOException("a credit of " + bytes + " bytes");
    }
    return bytes;
  }
}
