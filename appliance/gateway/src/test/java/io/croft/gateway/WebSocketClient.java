package io.croft.gateway;

import java.net.http.HttpClient.Version;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// Notes down what the JDK's WebSocket client receives: `text x`, `pong x`, `close 1000`, `error`.
final class WebSocketClient implements WebSocket.Listener {
  private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
  private final StringBuilder message = new StringBuilder();

  private WebSocketClient() {}

  /// An open socket and what comes out of it.
  record Open(WebSocket socket, WebSocketClient client) {
    String next() throws InterruptedException {
      String event = client.events.poll(RunningGateway.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      if (event == null) {
        throw new AssertionError("nothing was received");
      }
      return event;
    }
  }

  static CompletableFuture<Open> connect(
      RunningGateway running, String target, String... subprotocols) {
    var client = new WebSocketClient();
    var builder = running.client(Version.HTTP_1_1).newWebSocketBuilder();
    if (subprotocols.length > 0) {
      builder.subprotocols(subprotocols[0]);
    }
    return builder
        .buildAsync(WebSocketTest.socketUri(running, target), client)
        .thenApply(socket -> new Open(socket, client));
  }

  @Override
  public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
    message.append(data);
    if (last) {
      events.add("text " + message);
      message.setLength(0);
    }
    socket.request(1);
    return CompletableFuture.completedStage(null);
  }

  @Override
  public CompletionStage<?> onPong(WebSocket socket, ByteBuffer payload) {
    events.add("pong " + StandardCharsets.UTF_8.decode(payload));
    socket.request(1);
    return CompletableFuture.completedStage(null);
  }

  @Override
  public CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
    events.add("close " + status);
    return CompletableFuture.completedStage(null);
  }

  @Override
  public void onError(WebSocket socket, Throwable error) {
    events.add("error");
  }
}
