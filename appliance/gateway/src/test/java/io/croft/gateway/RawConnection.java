package io.croft.gateway;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/// A TLS connection on which a test writes what it likes. Speaks HTTP/1.1 for want of ALPN.
final class RawConnection implements AutoCloseable {
  /// @param headers names in lower case; the last value of each
  record Answer(int status, Map<String, String> headers, String body) {}

  /// @param start FIN and the opcode
  @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
  record Frame(int start, byte[] payload) {}

  private final SSLSocket socket;
  private final InputStream in;

  private RawConnection(SSLSocket socket) throws IOException {
    this.socket = socket;
    this.in = new BufferedInputStream(socket.getInputStream());
  }

  static RawConnection open(int port) throws IOException {
    return open(port, Credentials.clientContext(null), "TLSv1.3");
  }

  static RawConnection open(int port, SSLContext context, String protocol) throws IOException {
    var socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port);
    socket.setSoTimeout((int) RunningGateway.PATIENCE.toMillis());
    socket.setEnabledProtocols(new String[] {protocol});
    socket.startHandshake();
    return new RawConnection(socket);
  }

  /// When the session was made: before this connection, if that has taken it up again.
  long sessionCreationMillis() {
    return socket.getSession().getCreationTime();
  }

  RawConnection send(String text) throws IOException {
    return send(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  RawConnection send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
    return this;
  }

  /// Reads one response, its body by content-length or chunks.
  Answer answer() throws IOException {
    String[] start = line().split(" ", 3);
    var headers = new HashMap<String, String>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      String[] field = line.split(":", 2);
      headers.put(field[0].toLowerCase(Locale.ROOT), field[1].strip());
    }
    int status = Integer.parseInt(start[1]);
    String body = status < 200 ? "" : body(headers);
    return new Answer(status, headers, body);
  }

  private String body(Map<String, String> headers) throws IOException {
    if (!headers.containsKey("transfer-encoding")) {
      int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
      return new String(in.readNBytes(length), StandardCharsets.UTF_8);
    }
    var body = new StringBuilder();
    while (true) {
      String chunk = chunk();
      if (chunk.isEmpty()) {
        return body.toString();
      }
      body.append(chunk);
    }
  }

  /// Reads one chunk; empty for the last.
  String chunk() throws IOException {
    int size = Integer.parseInt(line(), 16);
    String chunk = new String(in.readNBytes(size), StandardCharsets.UTF_8);
    line();
    return chunk;
  }

  String line() throws IOException {
    var line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new IOException("the connection ended after: " + line);
      }
      if (b != '\r') {
        line.write(b);
      }
    }
    return line.toString(StandardCharsets.ISO_8859_1);
  }

  /// Reads one WebSocket frame from the server.
  Frame frame() throws IOException {
    int start = in.read();
    int length = in.read();
    if (length == 126) {
      length = number(2);
    } else if (length == 127) {
      length = number(8);
    }
    return new Frame(start, in.readNBytes(length));
  }

  /// Reads one WebSocket frame and returns its payload.
  ///
  /// @param start the first byte that it must have: FIN and the opcode
  byte[] frame(int start) throws IOException {
    Frame frame = frame();
    if (frame.start != start) {
      throw new IOException("the frame begins with " + Integer.toHexString(frame.start));
    }
    return frame.payload;
  }

  private int number(int bytes) throws IOException {
    return new BigInteger(1, in.readNBytes(bytes)).intValueExact();
  }

  /// Reads so many bytes; fewer when the server closes before.
  byte[] bytes(int count) throws IOException {
    return in.readNBytes(count);
  }

  /// Says that nothing more is sent, and goes on reading.
  RawConnection endOfInput() throws IOException {
    socket.shutdownOutput();
    return this;
  }

  /// What comes until the server closes.
  String rest() throws IOException {
    return new String(in.readAllBytes(), StandardCharsets.UTF_8);
  }

  /// Whether the server has closed; waits for it.
  boolean ended() throws IOException {
    return in.read() < 0;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
