package io.croft.fleet.tunnel;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.http.Headers;
import io.croft.base.http.HttpHandler;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.base.http.HttpResponse.BodySink;
import io.croft.base.http.Peer;
import io.croft.base.http.Query;
import io.croft.base.http.RequestBody;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.model.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/// The host's end: connects to the appliance's one port, and answers what it asks. One connection;
/// when it has ended, another is made by whoever runs this.
public final class TunnelClient {
  private static final int HTTPS = 443;
  private static final int MAX_HEAD = 16 << 10;
  private static final Duration CONNECT = Duration.ofSeconds(5);

  private final URI server;
  private final String machine;
  private final HttpHandler handler;

  /// @param handler answers; asked by many threads at a time
  public TunnelClient(URI server, String machine, HttpHandler handler) {
    this.server = server;
    this.machine = machine;
    this.handler = handler;
  }

  /// Works until the connection ends, or is interrupted.
  ///
  /// @param tls with the host's certificate, and trust in the appliance's
  /// @throws IOException when it cannot be made, or breaks
  public void run(SSLContext tls) throws IOException {
    int port = server.getPort() < 0 ? HTTPS : server.getPort();
    try (var plain = new Socket()) {
      plain.connect(new InetSocketAddress(server.getHost(), port), (int) CONNECT.toMillis());
      var socket =
          (SSLSocket) tls.getSocketFactory().createSocket(plain, server.getHost(), port, true);
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      socket.setSSLParameters(parameters);
      socket.setSoTimeout((int) Link.SILENCE.toMillis());
      socket.setTcpNoDelay(true);
      upgrade(socket);
      new Link(socket.getInputStream(), new Output(socket), this::answer).run();
    }
  }

  private void upgrade(SSLSocket socket) throws IOException {
    String request =
        """
        GET /apis/%s/%s/machines/%s/tunnel HTTP/1.1\r
        Host: %s\r
        User-Agent: croft-node\r
        Connection: Upgrade\r
        Upgrade: %s\r
        \r
        """
            .formatted(
                FleetKinds.GROUP,
                FleetKinds.VERSION,
                machine,
                server.getAuthority(),
                Tunnels.PROTOCOL);
    OutputStream out = socket.getOutputStream();
    out.write(request.getBytes(StandardCharsets.US_ASCII));
    out.flush();
    String head = head(socket.getInputStream());
    if (!head.startsWith("HTTP/1.1 101 ")) {
      throw new IOException(
          "the appliance does not take the connection: " + head.lines().findFirst().orElse(""));
    }
  }

  /// Byte by byte, as what follows belongs to the link.
  private static String head(InputStream in) throws IOException {
    var head = new ByteArrayOutputStream();
    while (head.size() < MAX_HEAD) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("the appliance has closed the connection");
      }
      head.write(next);
      String text = next == '\n' ? head.toString(StandardCharsets.ISO_8859_1) : "";
      if (text.endsWith("\r\n\r\n")) {
        return text;
      }
    }
    throw new IOException("the appliance answers with a head of more than " + MAX_HEAD + " bytes");
  }

  private record Output(SSLSocket socket) implements Link.Output {
    @Override
    public void write(byte[] bytes) throws IOException {
      OutputStream out = socket.getOutputStream();
      out.write(bytes);
      out.flush();
    }

    @Override
    public void abort() {
      try {
        socket.close();
      } catch (IOException e) {
        // it is broken anyway
      }
    }
  }

  private void answer(ObjectNode head, LinkStream stream) throws IOException {
    HttpResponse response = handler.handle(request(head, stream));
    switch (response) {
      case HttpResponse.Complete(int status, Headers headers, byte[] body) -> {
        begin(stream, status, headers);
        stream.write(body);
      }
      case HttpResponse.Streaming(int status, Headers headers, var writer) -> {
        begin(stream, status, headers);
        writer.writeTo(new Body(stream));
      }
      case HttpResponse.Upgraded upgraded -> {
        upgraded.abandon();
        throw new IOException("a link carries no upgraded connections");
      }
    }
    stream.end();
    // What was asked with is read to its end, so that the stream ends in order.
    stream.input().transferTo(OutputStream.nullOutputStream());
  }

  private static HttpRequest request(ObjectNode head, LinkStream stream) {
    var headers = Headers.EMPTY;
    for (int i = 0; i + 1 < head.path("headers").size(); i += 2) {
      headers =
          headers.with(
              head.path("headers").get(i).asText(), head.path("headers").get(i + 1).asText());
    }
    return new HttpRequest(
        head.path("method").asText(),
        head.path("path").asText(),
        Query.parse(head.path("query").asText()),
        headers,
        new Asked(stream),
        new Peer("appliance", List.of()));
  }

  private record Asked(LinkStream stream) implements RequestBody {
    @Override
    public byte[] readAll(int maxBytes) throws IOException {
      byte[] body = stream.input().readNBytes(maxBytes + 1);
      if (body.length > maxBytes) {
        throw new BodyTooLargeException(maxBytes);
      }
      return body;
    }

    @Override
    public InputStream open() {
      return stream.input();
    }
  }

  private static void begin(LinkStream stream, int status, Headers headers) throws IOException {
    ObjectNode head = Json.object().put("status", status);
    ArrayNode fields = head.putArray("headers");
    headers.forEach((name, value) -> fields.add(name).add(value));
    stream.sendHead(head);
  }

  private record Body(LinkStream stream) implements BodySink {
    @Override
    public void write(byte[] bytes) throws IOException {
      stream.write(bytes);
    }

    @Override
    public void flush() {}

    /// Whoever writes is told by an exception.
    @Override
    public void onClose(Runnable action) {}
  }
}
