package io.croft.gateway;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.croft.gateway.routing.Backend;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/// A service behind the gateway: the JDK's server, which notes what it is asked.
final class TestUpstream implements AutoCloseable {
  /// Answers what it was asked.
  @FunctionalInterface
  interface Answer {
    void to(HttpExchange exchange) throws IOException;
  }

  /// What it was asked.
  record Asked(String method, String target, Map<String, List<String>> headers) {
    String header(String name) {
      return String.join("|", headers.getOrDefault(name, List.of()));
    }
  }

  final List<Asked> asked = new CopyOnWriteArrayList<>();
  private final HttpServer server;

  TestUpstream(Answer answer) throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext(
        "/",
        exchange -> {
          asked.add(
              new Asked(
                  exchange.getRequestMethod(),
                  exchange.getRequestURI().toString(),
                  Map.copyOf(exchange.getRequestHeaders())));
          try (exchange) {
            answer.to(exchange);
          }
        });
    server.start();
  }

  /// Answers with a text.
  static TestUpstream saying(String text) throws IOException {
    return new TestUpstream(exchange -> {
      exchange.getRequestBody().readAllBytes();
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
    });
  }

  Backend.Endpoint endpoint() {
    return new Backend.Endpoint("127.0.0.1", server.getAddress().getPort());
  }

  @Override
  public void close() {
    server.stop(0);
  }

  /// Speaks over a plain connection.
  @FunctionalInterface
  interface Speaker {
    void speak(Socket socket) throws IOException;
  }

  /// A server for whatever is no HTTP, or no good HTTP.
  static final class Raw implements AutoCloseable {
    private final ServerSocket listener;

    Raw(Speaker speaker) throws IOException {
      listener = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
      var _ =
          Thread.ofVirtual()
              .start(() -> {
                while (!listener.isClosed()) {
                  try {
                    Socket socket = listener.accept();
                    var _ = Thread.ofVirtual().start(() -> serve(speaker, socket));
                  } catch (IOException e) {
                    return;
                  }
                }
              });
    }

    private static void serve(Speaker speaker, Socket socket) {
      try (socket) {
        speaker.speak(socket);
      } catch (IOException e) {
        // the other side has left
      }
    }

    /// Reads up to the end of a head.
    static String head(Socket socket) throws IOException {
      var head = new StringBuilder();
      int b;
      while (head.indexOf("\r\n\r\n") < 0 && (b = socket.getInputStream().read()) >= 0) {
        head.append((char) b);
      }
      return head.toString();
    }

    Backend.Endpoint endpoint() {
      return new Backend.Endpoint("127.0.0.1", listener.getLocalPort());
    }

    @Override
    public void close() throws IOException {
      listener.close();
    }
  }
}
