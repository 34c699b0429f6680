package io.croft.gateway.tracing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import io.croft.model.Json;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("S1")
class SpanExporterTest {
  private final BlockingQueue<String> requests = new ArrayBlockingQueue<>(8);
  private HttpServer collector;

  @BeforeEach
  void start() throws Exception {
    collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    collector.createContext(
        "/",
        exchange -> {
          String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
          requests.add(
              exchange.getRequestURI()
                  + " "
                  + exchange.getRequestHeaders().getFirst("X-Key")
                  + "\n"
                  + body);
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    collector.start();
  }

  @AfterEach
  void stop() {
    collector.stop(0);
  }

  private static Span span() {
    return new Span(
        new TraceContext("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", true),
        "00f067aa0ba902b8",
        "GET",
        Instant.ofEpochSecond(1, 5),
        Duration.ofNanos(7),
        Map.of("http.response.status_code", 200, "url.path", "/" + "a".repeat(2000)),
        false);
  }

  private String endpoint() {
    return "http://127.0.0.1:" + collector.getAddress().getPort() + "/otlp/";
  }

  @Test
  void sendsSpansAsOtlpWantsThem() throws Exception {
    var exporter =
        new SpanExporter(SpanExporter.Config.of(endpoint()).withHeaders("x-key=a%20b, other=c"));
    exporter.start();
    exporter.offer(span());
    String[] sent = requests.poll(60, TimeUnit.SECONDS).split("\n", 2);
    exporter.stop();

    assertThat(sent[0]).isEqualTo("/otlp/v1/traces a b");
    JsonNode resource = Json.parseObject(sent[1].getBytes(UTF_8)).at("/resourceSpans/0");
    assertThat(resource.at("/resource/attributes/0/value/stringValue").asText()).isEqualTo("croft");
    JsonNode span = resource.at("/scopeSpans/0/spans/0");
    assertThat(span.path("traceId").asText()).isEqualTo("4bf92f3577b34da6a3ce929d0e0e4736");
    assertThat(span.path("parentSpanId").asText()).isEqualTo("00f067aa0ba902b8");
    assertThat(span.path("startTimeUnixNano").asText()).isEqualTo("1000000005");
    assertThat(span.path("endTimeUnixNano").asText()).isEqualTo("1000000012");
    assertThat(span.at("/attributes/0/value/intValue").asText()).isEqualTo("200");
    assertThat(span.at("/attributes/1/value/stringValue").asText()).hasSizeLessThan(1100);
  }

  @Test
  void countsWhatCannotBeSent() throws Exception {
    var exporter = new SpanExporter(SpanExporter.Config.of("http://127.0.0.1:1"));
    exporter.start();
    for (int i = 0; i < 3000; i++) {
      exporter.offer(span());
    }
    exporter.stop();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (exporter.dropped() < 3000 && System.nanoTime() - deadline < 0) {
      Thread.sleep(10); // it has been interrupted, and counts
    }
    assertThat(exporter.dropped()).isEqualTo(3000);
  }

  @Test
  void wantsAnAddressOfHttp() {
    assertThatIllegalArgumentException().isThrownBy(() -> SpanExporter.Config.of("localhost:4317"));
    assertThat(SpanExporter.Config.of(endpoint()).withHeaders("x-key=secret").toString())
        .doesNotContain("secret");
  }
}
