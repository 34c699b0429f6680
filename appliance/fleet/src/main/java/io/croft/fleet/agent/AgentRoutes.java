package io.croft.fleet.agent;

import io.croft.base.http.HttpHandler;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.fleet.tunnel.Tunnels;
import io.croft.model.Json;
import io.croft.model.StatusException;
import io.croft.model.Statuses;
import io.croft.security.StatusResponse;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// What the appliance may ask of a host, as `/api/v1/nodes/NAME/proxy/…`:
///
/// | request | answer |
/// |---|---|
/// | `GET /healthz` | `ok` |
/// | `GET /inventory` | what the host is made of, at this moment |
/// | `GET /logs` | the end of the agent's log |
/// | `POST /components/look` | `ok`; the agent looks now what software it should have |
final class AgentRoutes implements HttpHandler {
  private static final int LOG_BYTES = 256 << 10;

  private final Inventory inventory;
  private final Path log;
  private final Runnable look;

  /// @param look at what the host was told; must not block
  AgentRoutes(Inventory inventory, Path log, Runnable look) {
    this.inventory = inventory;
    this.log = log;
    this.look = look;
  }

  @Override
  public HttpResponse handle(HttpRequest request) {
    try {
      return switch (request.method() + " " + request.path()) {
        case "GET /healthz" -> text("ok");
        case "GET /inventory" ->
            HttpResponse.of(200, "application/json", Json.bytes(inventory.read()));
        case "GET /logs" -> text(endOfLog());
        case "POST " + Tunnels.WAKE -> {
          look.run();
          yield text("ok");
        }
        default -> throw Statuses.noSuchResource();
      };
    } catch (StatusException e) {
      return StatusResponse.of(e.status());
    } catch (IOException e) {
      return StatusResponse.of(Statuses.internal("the log cannot be read: " + e).status());
    }
  }

  private static HttpResponse text(String text) {
    return HttpResponse.of(200, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
  }

  private String endOfLog() throws IOException {
    if (Files.notExists(log)) {
      return "";
    }
    try (var file = new RandomAccessFile(log.toFile(), "r")) {
      long from = Math.max(0, file.length() - LOG_BYTES);
      file.seek(from);
      byte[] end = new byte[(int) Math.min(LOG_BYTES, file.length() - from)];
      file.readFully(end);
      String text = new String(end, StandardCharsets.UTF_8);
      return from == 0 ? text : text.substring(text.indexOf('\n') + 1);
    }
  }
}
