package io.croft.gateway;

import io.croft.gateway.routing.Backend;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;

/// A service that reads HTTP/1.1 by the letter, and notes each request byte for byte. What is not
/// by the letter it notes as a problem.
final class RecordingUpstream implements AutoCloseable {
  private static final byte[] ANSWER =
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] ANSWER_TO_HEAD =
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private static final int MAX_LENGTH_DIGITS = 8;

  /// @param framing `none`, `length:N` or `chunked:N`
  /// @param fields `name: value`, names in lower case
  record Asked(String method, String target, String framing, List<String> fields, String body) {
    List<String> all(String name) {
      return fields.stream()
          .filter(f -> f.startsWith(name + ": "))
          .map(f -> f.substring(name.length() + 2))
          .toList();
    }
  }

  final List<Asked> asked = new CopyOnWriteArrayList<>();
  final List<String> problems = new CopyOnWriteArrayList<>();
  private final ServerSocket listener;

  RecordingUpstream() throws IOException {
    listener = new ServerSocket(0, 512, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  Backend.Endpoint endpoint() {
    return new Backend.Endpoint("127.0.0.1", listener.getLocalPort());
  }

  private void accept() {
    while (true) {
      try {
        Socket socket = listener.accept();
        Thread.ofVirtual().start(() -> serve(socket));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      while (true) {
        Asked request = read(in);
        if (request == null) {
          return;
        }
        asked.add(request);
        socket.getOutputStream().write(request.method.equals("HEAD") ? ANSWER_TO_HEAD : ANSWER);
      }
    } catch (Malformed e) {
      problems.add(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      // cut short by the gateway, as it does with requests that turn out bad
    }
  }

  private static final class Malformed extends IOException {
    Malformed(String message) {
      super(message);
    }
  }

  private static @org.jspecify.annotations.Nullable Asked read(InputStream in) throws IOException {
    in.mark(1);
    if (in.read() < 0) {
      return null;
    }
    in.reset();
    String[] start = line(in).split(" ", -1);
    if (start.length != 3 || !start[2].equals("HTTP/1.1") || !start[1].startsWith("/")) {
      throw new Malformed("request line " + String.join(" ", start));
    }
    var fields = new ArrayList<String>();
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      int colon = line.indexOf(':');
      if (colon < 1 || !line.substring(0, colon).matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+")) {
        throw new Malformed("field " + line);
      }
      fields.add(
          line.substring(0, colon).toLowerCase(Locale.ROOT)
              + ": "
              + line.substring(colon + 1).strip());
    }
    return withBody(new Asked(start[0], start[1], "", List.copyOf(fields), ""), in);
  }

  private static Asked withBody(Asked head, InputStream in) throws IOException {
    List<String> lengths = head.all("content-length");
    List<String> codings = head.all("transfer-encoding");
    if (lengths.size() + codings.size() > 1) {
      throw new Malformed("framed twice: " + head.fields);
    }
    String body = "";
    String framing = "none";
    if (!lengths.isEmpty()) {
      if (lengths.getFirst().length() > MAX_LENGTH_DIGITS) {
        throw new IOException("nobody sends as much as " + lengths);
      }
      body =
          new String(whole(in, Integer.parseInt(lengths.getFirst())), StandardCharsets.ISO_8859_1);
      framing = "length:" + body.length();
    } else if (!codings.isEmpty()) {
      if (!codings.getFirst().equals("chunked")) {
        throw new Malformed("coding " + codings);
      }
      body = chunks(in);
      framing = "chunked:" + body.length();
    }
    return new Asked(head.method, head.target, framing, head.fields, body);
  }

  private static byte[] whole(InputStream in, int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new IOException("ended within a body");
    }
    return bytes;
  }

  private static String chunks(InputStream in) throws IOException {
    var body = new StringBuilder();
    while (true) {
      String line = line(in);
      if (!line.matches("[0-9a-f]+")) {
        throw new Malformed("chunk size " + line);
      }
      int size = Integer.parseInt(line, 16);
      body.append(new String(whole(in, size), StandardCharsets.ISO_8859_1));
      String end = line(in);
      if (!end.isEmpty()) {
        throw new Malformed("after a chunk: " + end);
      }
      if (size == 0) {
        return body.toString();
      }
    }
  }

  /// A line that ends with CR LF and has neither inside.
  private static String line(InputStream in) throws IOException {
    var line = new ByteArrayOutputStream();
    while (true) {
      int b = in.read();
      if (b < 0) {
        throw new IOException("ended within a line");
      }
      if (b == '\r') {
        if (in.read() != '\n') {
          throw new Malformed("bare CR after " + line);
        }
        return line.toString(StandardCharsets.ISO_8859_1);
      }
      if (b == '\n' || b == 0) {
        throw new Malformed("bare LF or NUL after " + line);
      }
      line.write(b);
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
