package io.croft.engine.proxy;

import io.croft.base.http.Headers;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;

/// A request for a connection that stops to speak HTTP (exec, attach, port-forward), which the
/// JDK's client does not know: one connection to the engine for each.
final class EngineUpgrade {
  private static final Duration PATIENCE = Duration.ofSeconds(70);
  private static final int MAX_HEAD_BYTES = 64 << 10;

  /// Of an answer other than 101, which says what is wrong.
  private static final int MAX_REFUSAL_BYTES = 1 << 20;

  private static final int PIECE_BYTES = 16 << 10;
  private static final int SWITCHING_PROTOCOLS = 101;
  private static final int MAX_INTERIM = 10;

  private final EngineAddress address;

  EngineUpgrade(EngineAddress address) {
    this.address = address;
  }

  /// The head of an answer.
  private record Head(int status, Headers headers) {}

  /// @param headers without those of the connection
  HttpResponse ask(HttpRequest request, String target, Headers headers, byte[] body)
      throws IOException {
    Socket socket = address.connect();
    try {
      socket.setSoTimeout((int) PATIENCE.toMillis());
      String protocol = request.upgrade().orElseThrow();
      OutputStream to = socket.getOutputStream();
      to.write(
          head(request.method(), target, protocol, headers, body.length)
              .getBytes(StandardCharsets.UTF_8));
      to.write(body);
      to.flush();
      InputStream from = new BufferedInputStream(socket.getInputStream(), PIECE_BYTES);
      Head head = read(from);
      for (int i = 0; i < MAX_INTERIM && isInterim(head.status()); i++) {
        head = read(from);
      }
      if (head.status() != SWITCHING_PROTOCOLS) {
        try (socket) {
          return refusal(head, from);
        }
      }
      requireProtocol(protocol, head);
      socket.setSoTimeout(0);
      return new HttpResponse.Upgraded(
          passedOn(head).with("upgrade", protocol),
          (client, sink) -> converse(socket, from, client, sink));
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  private String head(String method, String target, String protocol, Headers headers, int length)
      throws IOException {
    var text = new StringBuilder();
    text.append(method).append(' ').append(target).append(" HTTP/1.1\r\n");
    append(text, "host", address.authority());
    append(text, "connection", "Upgrade");
    append(text, "upgrade", protocol);
    if (length > 0 || !method.equals("GET")) {
      append(text, "content-length", Integer.toString(length));
    }
    headers.forEach((name, value) -> append(text, name, value));
    text.append("\r\n");
    if (text.length() > MAX_HEAD_BYTES) {
      throw new IOException("the request's head is too large");
    }
    return text.toString();
  }

  /// A value with a line's end would be another field.
  private static void append(StringBuilder text, String name, String value) {
    if (value.indexOf('\r') >= 0 || value.indexOf('\n') >= 0 || value.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("the header field " + name + " is malformed");
    }
    text.append(name).append(": ").append(value).append("\r\n");
  }

  private static Head read(InputStream from) throws IOException {
    int[] left = {MAX_HEAD_BYTES};
    String[] status = line(from, left).split(" ", 3);
    if (status.length < 2 || !status[1].matches("\\d{3}")) {
      throw new IOException("it does not answer in HTTP/1.1");
    }
    Headers headers = Headers.EMPTY;
    for (String line = line(from, left); !line.isEmpty(); line = line(from, left)) {
      int colon = line.indexOf(':');
      if (colon < 1) {
        throw new IOException("its answer has a malformed header field");
      }
      headers =
          headers.with(
              line.substring(0, colon).strip().toLowerCase(Locale.ROOT),
              line.substring(colon + 1).strip());
    }
    return new Head(Integer.parseInt(status[1]), headers);
  }

  private static String line(InputStream from, int[] left) throws IOException {
    var line = new StringBuilder();
    int c;
    while ((c = from.read()) != '\n') {
      if (c < 0) {
        throw new EOFException("its answer ends in the head");
      }
      if (--left[0] < 0) {
        throw new IOException("its answer has a head of more than " + MAX_HEAD_BYTES + " bytes");
      }
      line.append((char) c);
    }
    return line.toString().stripTrailing();
  }

  private static boolean isInterim(int status) {
    return status < 200 && status != SWITCHING_PROTOCOLS;
  }

  /// RFC 9110 section 7.8: nothing but what was asked for is spoken from here on.
  private static void requireProtocol(String asked, Head head) throws IOException {
    String protocol = head.headers().first("upgrade").orElse("");
    if (!protocol.equalsIgnoreCase(asked)) {
      throw new IOException("it was asked for " + asked + " and goes on in \"" + protocol + '"');
    }
  }

  private static Headers passedOn(Head head) {
    return head.headers().without(name -> !EngineHeaders.comesBack(name));
  }

  private static HttpResponse refusal(Head head, InputStream from) throws IOException {
    byte[] body;
    if (head.status() == 204 || head.status() == 304) {
      body = new byte[0];
    } else if (head.headers().first("transfer-encoding").orElse("").equalsIgnoreCase("chunked")) {
      body = chunks(from);
    } else {
      // Without a length the end of the connection is the end (RFC 9112 section 6.3).
      int length =
          head.headers()
              .first("content-length")
              .filter(text -> text.matches("\\d{1,9}"))
              .map(Integer::parseInt)
              .orElse(MAX_REFUSAL_BYTES);
      body = from.readNBytes(Math.min(length, MAX_REFUSAL_BYTES));
    }
    return new HttpResponse.Complete(head.status(), passedOn(head), body);
  }

  /// RFC 9112 section 7.1, without extensions and trailers.
  private static byte[] chunks(InputStream from) throws IOException {
    var body = new ByteArrayOutputStream();
    while (true) {
      String size = line(from, new int[] {MAX_HEAD_BYTES});
      int length = Integer.parseInt(size.replaceFirst(";.*", "").strip(), 16);
      if (length <= 0 || length > MAX_REFUSAL_BYTES - body.size()) {
        return body.toByteArray();
      }
      body.writeBytes(from.readNBytes(length));
      line(from, new int[] {MAX_HEAD_BYTES});
    }
  }

  /// Both directions until either side has closed.
  private static void converse(
      Socket socket, InputStream from, InputStream client, HttpResponse.BodySink sink)
      throws IOException {
    try (socket) {
      sink.onClose(() -> close(socket));
      Thread.ofVirtual().name("engine-upgrade").start(() -> send(client, socket));
      var piece = new byte[PIECE_BYTES];
      int count;
      while ((count = from.read(piece)) >= 0) {
        sink.write(Arrays.copyOf(piece, count));
        sink.flush();
      }
    }
  }

  private static void send(InputStream client, Socket socket) {
    try {
      client.transferTo(socket.getOutputStream());
      socket.shutdownOutput();
    } catch (IOException e) {
      close(socket); // whoever reads from it sees the end
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // it is of no use any more
    }
  }
}
