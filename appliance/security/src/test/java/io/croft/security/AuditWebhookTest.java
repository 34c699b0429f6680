package io.croft.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import io.croft.base.http.Query;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.model.Status;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("S11")
class AuditWebhookTest {
  @TempDir Path directory;

  private final List<ObjectNode> lists = new CopyOnWriteArrayList<>();
  private final List<String> tokens = new CopyOnWriteArrayList<>();
  private final AtomicInteger refusals = new AtomicInteger();
  private volatile int refusal = 503;
  private final CountDownLatch open = new CountDownLatch(1);
  private HttpServer server;
  private AuditWebhook webhook;

  @BeforeEach
  void start() throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
    server.createContext(
        "/audit",
        exchange -> {
          byte[] body = exchange.getRequestBody().readAllBytes();
          tokens.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
          try (exchange) {
            await();
            boolean refused = refusals.getAndDecrement() > 0;
            if (!refused) {
              lists.add(Json.parseObject(body));
            }
            exchange.sendResponseHeaders(refused ? refusal : 200, -1);
          } catch (MalformedJsonException e) {
            throw new IOException(e);
          }
        });
    server.start();
    Path token = directory.resolve("token");
    Files.writeString(token, "let-me-in\n");
    webhook =
        new AuditWebhook(
            new AuditWebhook.Config(
                URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/audit"),
                Optional.empty(),
                Optional.of(token)),
            Duration.ofMillis(1));
    webhook.init();
    webhook.start();
  }

  @AfterEach
  void stop() {
    open.countDown();
    webhook.stop();
    server.stop(0);
  }

  private void await() throws IOException {
    try {
      if (!open.await(30, TimeUnit.SECONDS)) {
        throw new IOException("waited in vain");
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Test
  void sendsEventsInListsAndWhatWaitsWhenItStops() {
    open.countDown();
    for (int i = 0; i < 250; i++) {
      webhook.accept(event(i));
    }
    webhook.stop();

    assertThat(lists)
        .allSatisfy(list -> {
          assertThat(list.path("kind").asText()).isEqualTo("EventList");
          assertThat(list.path("items")).hasSizeLessThanOrEqualTo(100);
        });
    assertThat(lists.stream().mapToInt(list -> list.path("items").size()).sum()).isEqualTo(250);
    assertThat(tokens).containsOnly("Bearer let-me-in");
    assertThat(webhook.dropped()).isZero();
  }

  @Test
  void sendsAgainWhatTheServerCouldNotTake() {
    refusals.set(3);
    open.countDown();
    webhook.accept(event(1));
    webhook.stop();

    assertThat(lists).hasSize(1);
    assertThat(webhook.dropped()).isZero();
  }

  @Test
  void givesUpOnWhatTheServerDoesNotWant() {
    refusal = 400;
    refusals.set(100);
    open.countDown();
    webhook.accept(event(1));
    webhook.stop();

    assertThat(tokens).hasSize(1);
    assertThat(webhook.dropped()).isEqualTo(1);
  }

  @Test
  void neverWaitsForTheServer() {
    for (int i = 0; i < 10_000; i++) {
      webhook.accept(event(i));
    }

    // The server answers nothing: what fits into the queue and one list is all that is kept.
    assertThat(webhook.dropped()).isBetween(7_800L, 8_000L);
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://example.com/", "ftp://example.com/", "https://a:b@example.com/"})
  void sendsNothingInTheClear(String url) {
    assertThatThrownBy(
            () -> new AuditWebhook.Config(URI.create(url), Optional.empty(), Optional.empty()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static AuditEvent event(int i) {
    return new AuditEvent(
        "id-" + i,
        AuditEvent.Stage.RESPONSE_COMPLETE,
        UserInfo.of("alice"),
        null,
        List.of("192.0.2.7"),
        "test",
        "/version",
        RequestInfo.parse("GET", "/version", Query.EMPTY),
        "get",
        new Status(true, 200, "", "", null),
        Instant.EPOCH,
        Instant.EPOCH,
        Map.of());
  }
}
