package io.croft.gateway;

import static io.croft.gateway.RoutedGateway.ANYBODY;
import static io.croft.gateway.RoutedGateway.backend;
import static io.croft.gateway.RoutedGateway.route;
import static org.assertj.core.api.Assertions.assertThat;

import io.croft.gateway.routing.Filter;
import io.croft.gateway.routing.HeaderEdits;
import io.croft.gateway.routing.PathChange;
import io.croft.security.Access;
import io.croft.security.AuditEvent;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What is passed on, for whom, changed how, and to which service.
@Tag("S1")
class RouteProxyTest {
  private final RoutedGateway gateway = new RoutedGateway();

  @AfterEach
  void stop() {
    gateway.close();
  }

  @ParameterizedTest
  @EnumSource(HttpClient.Version.class)
  void passesARequestOnAndItsAnswerBack(HttpClient.Version version) throws Exception {
    try (var upstream =
        new TestUpstream(exchange -> {
          byte[] body = exchange.getRequestBody().readAllBytes();
          exchange.getResponseHeaders().add("X-Seen", "yes");
          exchange.sendResponseHeaders(201, body.length);
          exchange.getResponseBody().write(body);
        })) {
      gateway.with("/shop", route(ANYBODY, upstream.endpoint()));
      var request =
          gateway
              .running
              .request("/shop/%C3%A4%20b?x=%20+&y&z=")
              .header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
              .POST(HttpRequest.BodyPublishers.ofString("apples"));
      HttpResponse<String> answer = RunningGateway.get(gateway.running.client(version), request);

      assertThat(answer.statusCode()).isEqualTo(201);
      assertThat(answer.body()).isEqualTo("apples");
      assertThat(answer.headers().firstValue("x-seen")).contains("yes");
      assertThat(answer.headers().firstValue("audit-id")).isPresent();
      assertThat(upstream.asked).hasSize(1);
      assertThat(upstream.asked.getFirst().target()).isEqualTo("/shop/%C3%A4%20b?x=%20+&y&z=");
      assertThat(upstream.asked.getFirst().header("Traceparent")).startsWith("00-0af7");
    }
  }

  @Test
  void vouchesForTheCallerAndForNobodyElse() throws Exception {
    try (var upstream = TestUpstream.saying("hello")) {
      gateway.with("/", route(Access.AUTHENTICATED, upstream.endpoint()));
      HttpResponse<String> answer =
          gateway.get(
              "/x",
              "Authorization",
              "alice",
              "X-Remote-User",
              "root",
              "X_Remote_Group",
              "system:masters",
              "X-Remote-Group",
              "system:masters",
              "X-Remote-Extra-Tent",
              "big",
              "X-Forwarded-For",
              "8.8.8.8",
              "X-Forwarded-Client-Cert",
              "forged",
              "Forwarded",
              "for=8.8.8.8",
              "X-Real-Ip",
              "8.8.8.8");

      assertThat(answer.statusCode()).isEqualTo(200);
      TestUpstream.Asked asked = upstream.asked.getFirst();
      assertThat(asked.header("X-remote-user")).isEqualTo("alice");
      assertThat(asked.header("X-remote-uid")).isEqualTo("u-1");
      assertThat(asked.header("X-remote-group")).isEqualTo("gardeners|system:authenticated");
      assertThat(asked.header("X-remote-extra-example.com%2ftent")).isEqualTo("%C3%A4%20b");
      assertThat(asked.header("X-forwarded-for")).isEqualTo("127.0.0.1");
      assertThat(asked.header("X-forwarded-proto")).isEqualTo("https");
      assertThat(asked.headers())
          .doesNotContainKeys(
              "Authorization",
              "X_remote_group",
              "X-remote-extra-tent",
              "Forwarded",
              "X-real-ip",
              "X-forwarded-client-cert");
    }
  }

  @Test
  void refusesStrangersUnlessTheRouteSaysOtherwise() throws Exception {
    try (var upstream = TestUpstream.saying("hello")) {
      gateway
          .with("/", route(Access.AUTHENTICATED, upstream.endpoint()))
          .with("/open", route(ANYBODY, upstream.endpoint()));

      assertThat(gateway.get("/x").statusCode()).isEqualTo(401);
      assertThat(gateway.get("/x", "Authorization", "bob").statusCode()).isEqualTo(401);
      assertThat(gateway.get("/open", "Authorization", "bob").statusCode()).isEqualTo(401);
      assertThat(gateway.get("/open").statusCode()).isEqualTo(200);
      assertThat(upstream.asked).hasSize(1);
      assertThat(upstream.asked.getFirst().header("X-remote-user")).isEqualTo("system:anonymous");
      Eventually.eventually("all are recorded", () -> gateway.events.size() == 4);
      assertThat(gateway.events)
          .extracting(e -> e.status() == null ? 0 : e.status().code())
          .containsExactly(401, 401, 401, 200);
    }
  }

  @Test
  void asksForThePermissionThatTheRouteNames() throws Exception {
    try (var upstream = TestUpstream.saying("hello")) {
      var access = new Access(false, Optional.of(info -> info), Optional.empty(), false);
      gateway.with("/", route(access, upstream.endpoint()));

      assertThat(gateway.get("/forbidden", "Authorization", "alice").statusCode()).isEqualTo(403);
      assertThat(gateway.get("/allowed", "Authorization", "alice").statusCode()).isEqualTo(200);
      assertThat(upstream.asked).hasSize(1);
      Eventually.eventually("both are recorded", () -> gateway.events.size() == 2);
      AuditEvent refusal = gateway.events.getFirst();
      assertThat(refusal.annotations()).containsEntry("authorization.k8s.io/decision", "forbid");
      assertThat(gateway.events.get(1).annotations())
          .containsEntry("gateway.croft.io/route", "test");
    }
  }

  @Test
  void forwardsForeignCredentialsWhereTheRouteSaysSo() throws Exception {
    try (var upstream = TestUpstream.saying("hello")) {
      var access = new Access(true, Optional.empty(), Optional.empty(), true);
      gateway.with("/", route(access, upstream.endpoint()));

      assertThat(gateway.get("/", "Authorization", "Basic YTpi").statusCode()).isEqualTo(200);
      assertThat(gateway.get("/", "Authorization", "alice").statusCode()).isEqualTo(200);
      assertThat(upstream.asked.get(0).header("Authorization")).isEqualTo("Basic YTpi");
      assertThat(upstream.asked.get(1).header("Authorization")).isEmpty();
      assertThat(upstream.asked.get(1).header("X-remote-user")).isEqualTo("alice");
    }
  }

  @Test
  void changesHeadersPathsAndHosts() throws Exception {
    try (var upstream = TestUpstream.saying("hello")) {
      var request =
          new HeaderEdits(
              List.of(new HeaderEdits.Field("x-set", "new")),
              List.of(new HeaderEdits.Field("x-remote-user", "root")),
              Set.of("x-removed"));
      var response =
          new HeaderEdits(
              List.of(new HeaderEdits.Field("x-answer", "edited")), List.of(), Set.of("date"));
      gateway.with(
          "/shop",
          route(
              ANYBODY,
              List.of(
                  new Filter.RequestHeaders(request),
                  new Filter.ResponseHeaders(response),
                  new Filter.Rewrite("inner.example.com", new PathChange.Prefix("/"))),
              backend(1, upstream.endpoint())));
      HttpResponse<String> answer = gateway.get("/shop/a?b", "X-Set", "old", "X-Removed", "x");

      assertThat(answer.headers().firstValue("x-answer")).contains("edited");
      TestUpstream.Asked asked = upstream.asked.getFirst();
      assertThat(asked.target()).isEqualTo("/a?b");
      assertThat(asked.header("Host")).isEqualTo("inner.example.com");
      assertThat(asked.header("X-set")).isEqualTo("new");
      assertThat(asked.headers()).doesNotContainKey("X-removed");
      assertThat(asked.header("X-remote-user")).isEqualTo("system:anonymous");
    }
  }

  @Test
  void redirects() throws Exception {
    gateway.with(
        "/old",
        route(
            ANYBODY,
            List.of(
                new Filter.Redirect(
                    "https", "new.example.com", new PathChange.Prefix("/new"), 0, 301))));
    HttpResponse<String> answer = gateway.get("/old/a?b=c");

    assertThat(answer.statusCode()).isEqualTo(301);
    assertThat(answer.headers().firstValue("location"))
        .contains("https://new.example.com/new/a?b=c");
  }

  @Test
  void sharesRequestsByWeightAndMirrorsThem() throws Exception {
    try (var heavy = TestUpstream.saying("heavy");
        var light = TestUpstream.saying("light");
        var mirror = TestUpstream.saying("mirror")) {
      gateway.with(
          "/",
          route(
              ANYBODY,
              List.of(new Filter.Mirror(backend(1, mirror.endpoint()), 1)),
              backend(9, heavy.endpoint()),
              backend(1, light.endpoint()),
              backend(0, RoutedGateway.closedPort())));
      HttpClient client = gateway.running.client(HttpClient.Version.HTTP_2);
      for (int i = 0; i < 200; i++) {
        assertThat(RunningGateway.get(client, gateway.running.request("/")).statusCode())
            .isEqualTo(200);
      }

      // The odds against fewer than 150 are beyond counting.
      assertThat(heavy.asked.size()).isBetween(150, 199);
      assertThat(heavy.asked.size() + light.asked.size()).isEqualTo(200);
      Eventually.eventually("it is so", () -> mirror.asked.size() == 200);
    }
  }

  @Test
  void speaksHttp2ToAServiceThatWantsIt() throws Exception {
    try (var upstream = new H2cUpstream()) {
      gateway.with("/", route(ANYBODY, List.of(), upstream.backend()));
      HttpClient client = gateway.running.client(HttpClient.Version.HTTP_2);
      var bytes = new byte[1 << 20];
      new Random(1).nextBytes(bytes);
      for (int i = 0; i < 5; i++) {
        var post =
            gateway.running.request("/grpc?x").POST(HttpRequest.BodyPublishers.ofByteArray(bytes));
        HttpResponse<byte[]> answer = client.send(post.build(), BodyHandlers.ofByteArray());
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("x-path")).contains("/grpc?x");
        assertThat(answer.headers().firstValue("x-authority"))
            .contains("127.0.0.1:" + gateway.running.port());
        assertThat(Arrays.equals(answer.body(), bytes)).isTrue();
      }
      assertThat(gateway.get("/").statusCode()).isEqualTo(200);
      assertThat(upstream.connections).hasValue(1);
    }
  }

  @Test
  void usesConnectionsAgain() throws Exception {
    var connections = new AtomicInteger();
    try (var upstream =
        new TestUpstream.Raw(socket -> {
          connections.incrementAndGet();
          while (!TestUpstream.Raw.head(socket).isEmpty()) {
            socket
                .getOutputStream()
                .write(
                    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
                        .getBytes(StandardCharsets.US_ASCII));
          }
        })) {
      gateway.with("/", route(ANYBODY, upstream.endpoint()));
      HttpClient client = gateway.running.client(HttpClient.Version.HTTP_1_1);
      for (int i = 0; i < 20; i++) {
        assertThat(RunningGateway.get(client, gateway.running.request("/")).body()).isEqualTo("ok");
      }
      assertThat(connections.get()).isLessThanOrEqualTo(2);
    }
  }

  @Test
  void changesRoutesWithoutLosingARequest() throws Exception {
    int changes = Integer.getInteger("croft.routes.changes", 1_000);
    try (var one = TestUpstream.saying("one");
        var two = TestUpstream.saying("two");
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      gateway.with("/", route(ANYBODY, one.endpoint()));
      HttpClient client = gateway.running.client(HttpClient.Version.HTTP_2);
      var over = new AtomicBoolean();
      var good = new AtomicInteger();
      var bad = new AtomicInteger();
      var done = new CountDownLatch(4);
      for (int i = 0; i < 4; i++) {
        threads.execute(() -> {
          while (!over.get()) {
            count(client, good, bad);
          }
          done.countDown();
        });
      }
      for (int i = 0; i < changes; i++) {
        boolean even = i % 2 == 0;
        gateway.only("/", route(ANYBODY, even ? two.endpoint() : one.endpoint()));
        if (i % 100 == 0) {
          String expected = even ? "two" : "one";
          assertThat(RunningGateway.get(client, gateway.running.request("/")).body())
              .isEqualTo(expected);
        }
      }
      over.set(true);
      assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
      assertThat(bad).hasValue(0);
      assertThat(good.get()).isPositive();
    }
  }

  private void count(HttpClient client, AtomicInteger good, AtomicInteger bad) {
    try {
      boolean ok = RunningGateway.get(client, gateway.running.request("/")).statusCode() == 200;
      (ok ? good : bad).incrementAndGet();
    } catch (IOException e) {
      bad.incrementAndGet();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
