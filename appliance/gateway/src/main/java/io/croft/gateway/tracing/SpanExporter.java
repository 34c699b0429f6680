package io.croft.gateway.tracing;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.Component;
import io.croft.base.LossCount;
import io.croft.model.Json;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends spans to a collector by OTLP over HTTP, in JSON. Nobody waits for it: 2,048 spans wait at
/// most, 512 go at a time and within a second, and what is beyond, or not taken, is counted and
/// lost.
public final class SpanExporter implements Component {
  private static final Logger LOG = LoggerFactory.getLogger(SpanExporter.class);
  private static final int QUEUE_LENGTH = 2_048;
  private static final int BATCH = 512;
  private static final long BATCH_MILLIS = 1_000;
  private static final String WANTED_ENDPOINT =
      "expected a URL that begins with http:// or https://, such as http://localhost:4318";
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final Duration STOP = Duration.ofSeconds(3);

  private final Config config;
  private final BlockingQueue<Span> queue = new ArrayBlockingQueue<>(QUEUE_LENGTH);
  private final LossCount dropped = new LossCount();
  private @Nullable HttpClient client;
  private @Nullable Thread sender;
  private volatile boolean stopping;

  /// @param endpoint of the collector, to which `/v1/traces` is added
  /// @param headers sent along, such as credentials
  public record Config(URI endpoint, Map<String, String> headers) {
    public Config {
      headers = Map.copyOf(headers);
      boolean http = "http".equals(endpoint.getScheme()) || "https".equals(endpoint.getScheme());
      if (!http || endpoint.getHost() == null) {
        throw new IllegalArgumentException(WANTED_ENDPOINT);
      }
    }

    /// Without headers.
    ///
    /// @throws IllegalArgumentException when that is no URL of HTTP; it does not tell the text,
    ///   which may have a password
    public static Config of(String endpoint) {
      URI uri;
      try {
        uri = new URI(endpoint);
      } catch (URISyntaxException _) {
        throw new IllegalArgumentException(WANTED_ENDPOINT);
      }
      return new Config(uri, Map.of());
    }

    /// @param text as `OTEL_EXPORTER_OTLP_HEADERS` has them: `name=value,name=value`, values
    ///   percent-encoded
    /// @throws IllegalArgumentException when HTTP has no such headers; it tells no value, which may
    ///   be a secret
    public Config withHeaders(String text) {
      var fields = new TreeMap<String, String>();
      for (String pair : text.split(",")) {
        if (!pair.isBlank()) {
          int equals = pair.indexOf('=');
          String name = equals < 0 ? "" : pair.substring(0, equals).strip();
          fields.put(name, value(name, pair.substring(equals + 1).strip()));
        }
      }
      return new Config(endpoint, fields);
    }

    private static String value(String name, String encoded) {
      try {
        String value = URLDecoder.decode(encoded.replace("+", "%2B"), StandardCharsets.UTF_8);
        HttpRequest.newBuilder().header(name, value);
        return value;
      } catch (IllegalArgumentException _) {
        throw new IllegalArgumentException(
            "expected NAME=VALUE,NAME=VALUE with headers of HTTP, values percent-encoded"
                + (name.isEmpty() ? "" : "; not so is " + name));
      }
    }

    URI target() {
      String base = endpoint.toString();
      return URI.create(
          (base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + "/v1/traces");
    }

    /// Leaves the values out.
    @Override
    public String toString() {
      return "Config[" + endpoint + ", " + headers.keySet() + "]";
    }
  }

  public SpanExporter(Config config) {
    this.config = config;
  }

  @Override
  public String name() {
    return "tracing";
  }

  @Override
  public synchronized void start() {
    client =
        HttpClient.newBuilder()
            .connectTimeout(TIMEOUT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .version(HttpClient.Version.HTTP_1_1)
            .build();
    sender = Thread.ofVirtual().name("tracing").start(this::run);
  }

  /// Sends what waits, within three seconds.
  @Override
  public synchronized void stop() {
    stopping = true;
    if (sender != null) {
      try {
        if (!sender.join(STOP)) {
          sender.interrupt();
        }
      } catch (InterruptedException e) {
        sender.interrupt();
        Thread.currentThread().interrupt();
      }
      sender = null;
    }
    if (client != null) {
      client.shutdownNow();
      client = null;
    }
  }

  void offer(Span span) {
    if (stopping || !queue.offer(span)) {
      drop(1, "too many wait");
    }
  }

  /// How many spans were lost.
  long dropped() {
    return dropped.total();
  }

  private void run() {
    try {
      while (!stopping || !queue.isEmpty()) {
        List<Span> batch = batch();
        if (!batch.isEmpty()) {
          deliver(batch);
        }
      }
    } catch (InterruptedException e) {
      drop(queue.size(), "the gateway stops");
    }
  }

  /// Those of a second, or as many as go at a time.
  private List<Span> batch() throws InterruptedException {
    var batch = new ArrayList<Span>();
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(BATCH_MILLIS);
    while (batch.size() < BATCH) {
      long patience = stopping ? 0 : end - System.nanoTime();
      Span span = queue.poll(patience, TimeUnit.NANOSECONDS);
      if (span == null) {
        return batch;
      }
      batch.add(span);
    }
    return batch;
  }

  private void deliver(List<Span> batch) throws InterruptedException {
    HttpClient sending = client;
    if (sending == null) {
      return;
    }
    try {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(config.target())
              .timeout(TIMEOUT)
              .header("content-type", "application/json")
              .POST(HttpRequest.BodyPublishers.ofByteArray(body(batch)));
      config.headers().forEach(request::header);
      int code = sending.send(request.build(), BodyHandlers.discarding()).statusCode();
      if (code < 200 || code >= 300) {
        drop(batch.size(), "the collector answers " + code);
      }
    } catch (IOException e) {
      drop(batch.size(), e.toString());
    } catch (RuntimeException e) {
      drop(batch.size(), e.getClass().getName()); // the message may have a header's value
    } catch (InterruptedException e) {
      drop(batch.size(), "the gateway stops");
      throw e;
    }
  }

  static byte[] body(List<Span> batch) {
    ObjectNode export = Json.object();
    ObjectNode resource = export.putArray("resourceSpans").addObject();
    Span.add(resource.putObject("resource").putArray("attributes"), "service.name", "croft");
    ObjectNode scope = resource.putArray("scopeSpans").addObject();
    scope.putObject("scope").put("name", "io.croft.gateway");
    ArrayNode spans = scope.putArray("spans");
    batch.forEach(span -> spans.add(span.toJson()));
    return Json.bytes(export);
  }

  private void drop(int spans, String cause) {
    if (dropped.add(spans)) {
      LOG.atWarn()
          .addKeyValue("droppedSoFar", dropped.total())
          .addKeyValue("cause", cause)
          .log("spans were not sent to the collector");
    }
  }
}
