package io.croft.gateway;

import static io.croft.gateway.RoutedGateway.ANYBODY;
import static io.croft.gateway.RoutedGateway.backend;
import static io.croft.gateway.RoutedGateway.patient;
import static io.croft.gateway.RoutedGateway.route;
import static org.assertj.core.api.Assertions.assertThat;

import io.croft.gateway.proxy.UpstreamLimits;
import io.croft.gateway.routing.Backend;
import io.croft.gateway.routing.Filter;
import io.croft.gateway.routing.HeaderEdits;
import io.croft.gateway.routing.PathChange;
import io.croft.gateway.routing.Route;
import io.croft.security.Access;
import io.croft.security.AuditEvent;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("S1")
class RouteProxyTest {
  private final RoutedGateway gateway = new RoutedGateway();

  @AfterEach
  void stop() {
    gateway.close();
  }

  private HttpResponse<String> get(String target, String... headers) throws Exception {
    return send(HttpClient.Version.HTTP_1_1, target, headers);
  }

  private HttpResponse<String> send(HttpClient.Version version, String target, String... headers)
      throws Exception {
    HttpRequest.Builder request = gateway.running.request(target);
    if (headers.length > 0) {
      request.headers(headers);
    }
    return RunningGateway.get(gateway.running.client(version), request);
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
          get(
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

      assertThat(get("/x").statusCode()).isEqualTo(401);
      assertThat(get("/x", "Authorization", "bob").statusCode()).isEqualTo(401);
      assertThat(get("/open", "Authorization", "bob").statusCode()).isEqualTo(401);
      assertThat(get("/open").statusCode()).isEqualTo(200);
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

      assertThat(get("/forbidden", "Authorization", "alice").statusCode()).isEqualTo(403);
      assertThat(get("/allowed", "Authorization", "alice").statusCode()).isEqualTo(200);
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

      assertThat(get("/", "Authorization", "Basic YTpi").statusCode()).isEqualTo(200);
      assertThat(get("/", "Authorization", "alice").statusCode()).isEqualTo(200);
      assertThat(upstream.asked.get(0).header("Authorization")).isEqualTo("Basic YTpi");
      assertThat(upstream.asked.get(1).header("Authorization")).isEmpty();
      assertThat(upstream.asked.get(1).header("X-remote-user")).isEqualTo("alice");
    }
  }

  @ParameterizedTest
  @EnumSource(HttpClient.Version.class)
  void passesLongBodiesOnInBothDirections(HttpClient.Version version) throws Exception {
    var bytes = new byte[8 << 20];
    new Random(1).nextBytes(bytes);
    try (var upstream =
        new TestUpstream(exchange -> {
          exchange.sendResponseHeaders(200, 0);
          exchange.getRequestBody().transferTo(exchange.getResponseBody());
        })) {
      gateway.with("/", route(ANYBODY, upstream.endpoint()));
      var request =
          gateway
              .running
              .request("/")
              .POST(
                  HttpRequest.BodyPublishers.ofInputStream(
                      () -> new java.io.ByteArrayInputStream(bytes)));
      HttpResponse<byte[]> answer =
          gateway.running.client(version).send(request.build(), BodyHandlers.ofByteArray());

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(Arrays.equals(answer.body(), bytes)).isTrue();
    }
  }

  @Test
  void holdsTheSenderBackWhileTheServiceDoesNotRead() throws Exception {
    var release = new CountDownLatch(1);
    try (var upstream =
        new TestUpstream(exchange -> {
          await(release);
          exchange.getRequestBody().readAllBytes();
          exchange.sendResponseHeaders(204, -1);
        })) {
      gateway.with("/", route(ANYBODY, upstream.endpoint()));
      var sent = new AtomicInteger();
      int whole = 64 << 20;
      var endless =
          new InputStream() {
            @Override
            public int read() {
              return sent.incrementAndGet() > whole ? -1 : 'x';
            }

            @Override
            public int read(byte[] into, int offset, int length) {
              int before = sent.getAndAdd(length);
              return before >= whole ? -1 : length;
            }
          };
      var request =
          gateway
              .running
              .request("/")
              .POST(HttpRequest.BodyPublishers.ofInputStream(() -> endless));
      var answer =
          gateway
              .running
              .client(HttpClient.Version.HTTP_1_1)
              .sendAsync(request.build(), BodyHandlers.discarding());
      int before = -1;
      while (before != sent.get()) {
        before = sent.get();
        Thread.sleep(300);
      }
      assertThat(sent.get()).isLessThan(whole / 2);
      release.countDown();
      assertThat(answer.get(60, TimeUnit.SECONDS).statusCode()).isEqualTo(204);
    }
  }

  @Test
  void deliversEventsAsTheyCome() throws Exception {
    var next = new CountDownLatch(1);
    try (var upstream =
        new TestUpstream(exchange -> {
          exchange.getResponseHeaders().add("Content-Type", "text/event-stream");
          exchange.sendResponseHeaders(200, 0);
          exchange.getResponseBody().write("data: 1\n\n".getBytes(StandardCharsets.UTF_8));
          exchange.getResponseBody().flush();
          await(next);
          exchange.getResponseBody().write("data: 2\n\n".getBytes(StandardCharsets.UTF_8));
        })) {
      gateway.with("/", route(ANYBODY, upstream.endpoint()));
      HttpResponse<InputStream> answer =
          gateway
              .running
              .client(HttpClient.Version.HTTP_2)
              .send(gateway.running.request("/").build(), BodyHandlers.ofInputStream());
      try (var body = answer.body()) {
        assertThat(new String(body.readNBytes(9), StandardCharsets.UTF_8)).isEqualTo("data: 1\n\n");
        next.countDown();
        assertThat(new String(body.readAllBytes(), StandardCharsets.UTF_8))
            .isEqualTo("data: 2\n\n");
      }
    }
  }

  @Test
  void tellsTheServiceWhenTheClientIsGone() throws Exception {
    var gone = new CountDownLatch(1);
    try (var upstream =
        new TestUpstream.Raw(socket -> {
          TestUpstream.Raw.head(socket);
          socket
              .getOutputStream()
              .write("HTTP/1.1 200 OK\r\n\r\nfirst".getBytes(StandardCharsets.US_ASCII));
          if (socket.getInputStream().read() < 0) {
            gone.countDown();
          }
        })) {
      gateway.with("/", route(ANYBODY, upstream.endpoint()));
      HttpResponse<InputStream> answer =
          gateway
              .running
              .client(HttpClient.Version.HTTP_1_1)
              .send(gateway.running.request("/").build(), BodyHandlers.ofInputStream());
      assertThat(answer.body().readNBytes(5))
          .isEqualTo("first".getBytes(StandardCharsets.US_ASCII));
      answer.body().close();

      assertThat(gone.await(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void cutsTheClientOffWhenTheServiceBreaksOff() throws Exception {
    try (var upstream =
        new TestUpstream.Raw(socket -> {
          TestUpstream.Raw.head(socket);
          socket
              .getOutputStream()
              .write(
                  "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"
                      .getBytes(StandardCharsets.US_ASCII));
        })) {
      gateway.with("/", route(ANYBODY, upstream.endpoint()));

      org.assertj.core.api.Assertions.assertThatThrownBy(() -> get("/"))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void speaksWebSocketThroughToTheService() throws Exception {
    try (var upstream = new TestUpstream.Raw(RouteProxyTest::echoOneMessage)) {
      gateway.with("/", route(ANYBODY, upstream.endpoint()));
      BlockingQueue<String> messages = new ArrayBlockingQueue<>(10);
      WebSocket socket =
          gateway
              .running
              .client(HttpClient.Version.HTTP_1_1)
              .newWebSocketBuilder()
              .subprotocols("chat")
              .buildAsync(
                  URI.create("wss://127.0.0.1:" + gateway.running.port() + "/chat"),
                  new WebSocket.Listener() {
                    @Override
                    public CompletionStage<?> onText(
                        WebSocket from, CharSequence text, boolean last) {
                      messages.add(text.toString());
                      from.request(1);
                      return java.util.concurrent.CompletableFuture.completedFuture(null);
                    }
                  })
              .get(20, TimeUnit.SECONDS);
      var _ = socket.sendText("hello", true).get(20, TimeUnit.SECONDS);

      assertThat(messages.poll(20, TimeUnit.SECONDS)).isEqualTo("hello");
      assertThat(socket.getSubprotocol()).isEqualTo("chat");
      socket.abort();
    }
    Eventually.eventually(
        "it is so",
        () ->
            gateway.events.stream().anyMatch(e -> e.stage() == AuditEvent.Stage.RESPONSE_COMPLETE));
    assertThat(gateway.events.getFirst().stage()).isEqualTo(AuditEvent.Stage.RESPONSE_STARTED);
  }

  private static void echoOneMessage(java.net.Socket socket) throws IOException {
    String head = TestUpstream.Raw.head(socket);
    String key =
        head.lines()
            .filter(l -> l.toLowerCase(java.util.Locale.ROOT).startsWith("sec-websocket-key:"))
            .map(l -> l.substring(l.indexOf(':') + 1).strip())
            .findFirst()
            .orElseThrow();
    String accept;
    try {
      byte[] text =
          (key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII);
      accept = Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-1").digest(text));
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
    socket
        .getOutputStream()
        .write(
            ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Accept: "
                    + accept
                    + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
    InputStream in = socket.getInputStream();
    byte[] start = in.readNBytes(2);
    int length = start[1] & 0x7f;
    byte[] mask = in.readNBytes(4);
    byte[] text = in.readNBytes(length);
    for (int i = 0; i < length; i++) {
      text[i] ^= mask[i % 4];
    }
    socket.getOutputStream().write(new byte[] {(byte) 0x81, (byte) length});
    socket.getOutputStream().write(text);
    var _ = in.read();
  }

  @ParameterizedTest
  @CsvSource({
    "*/*, application/json",
    "'text/html,*/*', text/plain",
    "application/json, application/json"
  })
  void saysThatAServiceCannotBeReached(String accept, String type) throws Exception {
    gateway.with("/", route(ANYBODY, closedPort()));
    HttpResponse<String> answer = get("/", "Accept", accept);

    assertThat(answer.statusCode()).isEqualTo(502);
    assertThat(answer.headers().firstValue("content-type").orElse("")).startsWith(type);
    assertThat(answer.body()).contains("default/test cannot be reached").doesNotContain("127.0.0");
  }

  @Test
  void answers503WithoutEndpointsAnd500WithoutServices() throws Exception {
    gateway
        .with("/none", route(ANYBODY))
        .with("/nothing", route(ANYBODY, List.of()))
        .with(
            "/broken",
            route(ANYBODY, List.of(), new Backend(1, List.of(), new Backend.Broken("no such"))));

    assertThat(get("/none").statusCode()).isEqualTo(503);
    assertThat(get("/nothing").statusCode()).isEqualTo(500);
    assertThat(get("/broken").statusCode()).isEqualTo(500);
  }

  @Test
  void answers504WhenAServiceTakesTooLong() throws Exception {
    var release = new CountDownLatch(1);
    try (var upstream = new TestUpstream(exchange -> await(release))) {
      gateway
          .with("/a", patient(Duration.ZERO, Duration.ofMillis(200), upstream.endpoint()))
          .with("/b", patient(Duration.ofMillis(200), Duration.ZERO, upstream.endpoint()));

      assertThat(get("/a").statusCode()).isEqualTo(504);
      assertThat(get("/b").statusCode()).isEqualTo(504);
      release.countDown();
    }
  }

  /// Each piece comes in time, and all of it never does.
  @ParameterizedTest
  @CsvSource({
    "'', HTTP/1.1 102 Processing||",
    "'Connection: Upgrade|Upgrade: websocket|Sec-WebSocket-Version: 13|Sec-WebSocket-Key:"
        + " dGhlIHNhbXBsZSBub25jZQ==|', 1|x|"
  })
  void answers504WhenAServiceNeverComesToAnEnd(String upgrade, String piece) throws Exception {
    String begin = upgrade.isEmpty() ? "" : "HTTP/1.1 200 OK|Transfer-Encoding: chunked||";
    try (var upstream =
            new TestUpstream.Raw(socket -> {
              TestUpstream.Raw.head(socket);
              OutputStream out = socket.getOutputStream();
              out.write(lines(begin));
              while (true) { // until the gateway closes the connection
                out.write(lines(piece));
                LockSupport.parkNanos(20_000_000);
              }
            });
        var client = RawConnection.open(gateway.running.port())) {
      gateway.with("/", patient(Duration.ZERO, Duration.ofMillis(300), upstream.endpoint()));
      client.send(lines("GET / HTTP/1.1|Host: a|" + upgrade + "|"));

      assertThat(client.answer().status()).isEqualTo(504);
    }
  }

  private static byte[] lines(String text) {
    return text.replace("|", "\r\n").getBytes(StandardCharsets.US_ASCII);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Connection: Upgrade|Upgrade: websocket|Sec-WebSocket-Version: 13|Sec-WebSocket-Key:"
            + " dGhlIHNhbXBsZSBub25jZQ==|"
      })
  void waitsForNoServiceWhenTheClientHasGone(String upgrade) throws Exception {
    var asked = new CountDownLatch(1);
    var connections = new AtomicInteger();
    var gone = new CountDownLatch(1);
    try (var upstream =
        new TestUpstream.Raw(socket -> {
          connections.incrementAndGet();
          TestUpstream.Raw.head(socket);
          asked.countDown();
          while (socket.getInputStream().read() >= 0) {}
          gone.countDown();
        })) {
      gateway.with("/", patient(Duration.ZERO, Duration.ZERO, upstream.endpoint()));
      try (var client = RawConnection.open(gateway.running.port())) {
        client.send(lines("GET / HTTP/1.1|Host: a|" + upgrade + "|"));
        await(asked);
      }

      assertThat(gone.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(connections).hasValue(1);
    }
  }

  @Test
  void triesAnotherEndpointWhenOneCannotBeReached() throws Exception {
    try (var upstream = TestUpstream.saying("hello")) {
      gateway.with("/", route(ANYBODY, upstream.endpoint(), closedPort()));

      for (int i = 0; i < 10; i++) {
        assertThat(get("/").statusCode()).isEqualTo(200);
      }
    }
  }

  @Test
  void repeatsByCodeOnlyWhatCanBeRepeated() throws Exception {
    var calls = new AtomicInteger();
    try (var upstream =
        new TestUpstream(exchange -> {
          exchange.getRequestBody().readAllBytes();
          exchange.sendResponseHeaders(calls.incrementAndGet() % 3 == 0 ? 200 : 503, -1);
        })) {
      gateway.with(
          "/",
          new Route(
              "test",
              ANYBODY,
              List.of(),
              List.of(backend(1, upstream.endpoint())),
              Route.Timeouts.USUAL,
              new Route.Retry(Set.of(503), 2, Duration.ofMillis(1))));

      assertThat(get("/").statusCode()).isEqualTo(200);
      assertThat(calls).hasValue(3);
      var post = gateway.running.request("/").POST(HttpRequest.BodyPublishers.ofString("x"));
      assertThat(
              RunningGateway.get(gateway.running.client(HttpClient.Version.HTTP_1_1), post)
                  .statusCode())
          .isEqualTo(503);
      assertThat(calls).hasValue(4);
    }
  }

  @Test
  void leadsToNoServiceOfThisMachineUnlessThatIsAllowed() throws Exception {
    try (var upstream = TestUpstream.saying("hello");
        var strict = new RoutedGateway(UpstreamLimits.USUAL)) {
      strict.with("/", route(ANYBODY, upstream.endpoint()));
      HttpResponse<String> answer =
          RunningGateway.get(
              strict.running.client(HttpClient.Version.HTTP_2), strict.running.request("/"));

      assertThat(answer.statusCode()).isEqualTo(502);
      assertThat(upstream.asked).isEmpty();
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
      HttpResponse<String> answer = get("/shop/a?b", "X-Set", "old", "X-Removed", "x");

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
    HttpResponse<String> answer = get("/old/a?b=c");

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
              backend(0, closedPort())));
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
      assertThat(get("/").statusCode()).isEqualTo(200);
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

  private static Backend.Endpoint closedPort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return new Backend.Endpoint("127.0.0.1", socket.getLocalPort());
    }
  }

  private static void await(CountDownLatch latch) throws IOException {
    try {
      if (!latch.await(60, TimeUnit.SECONDS)) {
        throw new IOException("waited in vain");
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
