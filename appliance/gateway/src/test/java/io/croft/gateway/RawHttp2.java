package io.croft.gateway;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLSocket;

/// An HTTP/2 connection on which a test writes what frames it likes, octet by octet; nothing of
/// what it sends has been through a codec that might know better.
final class RawHttp2 implements AutoCloseable {
  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int PRIORITY = 2;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int PUSH_PROMISE = 5;
  static final int PING = 6;
  static final int GOAWAY = 7;
  static final int WINDOW_UPDATE = 8;
  static final int CONTINUATION = 9;

  static final int END_STREAM = 1;
  static final int ACK = 1;
  static final int END_HEADERS = 4;
  static final int PADDED = 8;
  static final int WITH_PRIORITY = 0x20;

  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

  private final SSLSocket socket;
  private final DataInputStream in;
  private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(false);

  @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
  record Frame(int type, int flags, int stream, byte[] payload) {}

  RawHttp2(int port) throws IOException {
    this(port, PREFACE);
    frame(SETTINGS, 0, 0);
  }

  /// @param preface nothing else is sent
  RawHttp2(int port, String preface) throws IOException {
    socket =
        (SSLSocket)
            Credentials.clientContext(null).getSocketFactory().createSocket("127.0.0.1", port);
    socket.setSoTimeout((int) RunningGateway.PATIENCE.toMillis());
    var parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {"h2"});
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    in = new DataInputStream(socket.getInputStream());
    raw(preface.getBytes(StandardCharsets.US_ASCII));
  }

  RawHttp2 raw(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    return this;
  }

  RawHttp2 frame(int type, int flags, int stream, int... payload) throws IOException {
    var bytes = new byte[payload.length];
    for (int i = 0; i < payload.length; i++) {
      bytes[i] = (byte) payload[i];
    }
    return frame(type, flags, stream, bytes);
  }

  RawHttp2 frame(int type, int flags, int stream, byte[] payload) throws IOException {
    return frame(type, flags, stream, payload, payload.length);
  }

  /// @param length as the frame says
  RawHttp2 frame(int type, int flags, int stream, byte[] payload, int length) throws IOException {
    return raw(bytes(type, flags, stream, payload, length));
  }

  static byte[] bytes(int type, int flags, int stream, byte[] payload, int length) {
    return ByteBuffer.allocate(9 + payload.length)
        .put((byte) (length >> 16))
        .putShort((short) length)
        .put((byte) type)
        .put((byte) flags)
        .putInt(stream)
        .put(payload)
        .array();
  }

  RawHttp2 headers(int stream, byte[] block, boolean end) throws IOException {
    return frame(HEADERS, END_HEADERS | (end ? END_STREAM : 0), stream, block);
  }

  RawHttp2 data(int stream, byte[] bytes, boolean end) throws IOException {
    return frame(DATA, end ? END_STREAM : 0, stream, bytes);
  }

  /// A good request.
  static byte[] request(String method, String path) {
    var fields = new ArrayList<byte[]>();
    head(fields, method, path);
    return block(fields);
  }

  static void head(List<byte[]> fields, String method, String path) {
    for (String text :
        List.of(":method", method, ":scheme", "https", ":authority", "a", ":path", path)) {
      fields.add(SmugglingCase.unescape(text));
    }
  }

  static byte[] block(String... namesAndValues) {
    return block(
        Arrays.stream(namesAndValues).map(t -> t.getBytes(StandardCharsets.ISO_8859_1)).toList());
  }

  /// Literal fields without indexing (RFC 7541 section 6.2.2).
  static byte[] block(List<byte[]> namesAndValues) {
    var block = new ByteArrayOutputStream();
    for (int i = 0; i < namesAndValues.size(); i += 2) {
      block.write(0);
      text(block, namesAndValues.get(i));
      text(block, namesAndValues.get(i + 1));
    }
    return block.toByteArray();
  }

  private static void text(ByteArrayOutputStream block, byte[] text) {
    int rest = text.length;
    if (rest < 127) {
      block.write(rest);
    } else {
      block.write(127);
      rest -= 127;
      while (rest >= 128) {
        block.write(rest % 128 + 128);
        rest /= 128;
      }
      block.write(rest);
    }
    block.writeBytes(text);
  }

  /// The next frame from the server.
  ///
  /// @throws EOFException at the end
  Frame read() throws IOException {
    int start = in.readInt();
    int flags = in.readUnsignedByte();
    int stream = in.readInt();
    return new Frame(start & 0xff, flags, stream, in.readNBytes(start >>> 8));
  }

  /// What became of a stream: the status of its answer, `reset CODE`, or of the connection: `goaway
  /// CODE`, `closed`.
  String outcome(int stream) throws IOException {
    String status = "";
    try {
      while (true) {
        Frame frame = read();
        boolean ours = frame.stream == stream;
        if (frame.type == GOAWAY) {
          return "goaway " + error(ByteBuffer.wrap(frame.payload).getInt(4));
        } else if (ours && frame.type == RST_STREAM) {
          return status.isEmpty()
              ? "reset " + error(ByteBuffer.wrap(frame.payload).getInt())
              : status;
        } else if (ours && frame.type == HEADERS && status.isEmpty()) {
          status = status(frame);
        }
        if (ours && frame.type <= HEADERS && (frame.flags & END_STREAM) != 0) {
          return status;
        }
      }
    } catch (EOFException | SocketException e) {
      return "closed";
    }
  }

  private String status(Frame frame) throws IOException {
    try {
      return String.valueOf(
          decoder.decodeHeaders(frame.stream, Unpooled.wrappedBuffer(frame.payload)).status());
    } catch (Http2Exception e) {
      throw new IOException(e);
    }
  }

  private static String error(int code) {
    return String.valueOf(Http2Error.valueOf(code));
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
