package io.croft.fleet.tunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.base.http.Headers;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.base.http.HttpResponse.BodySink;
import io.croft.base.http.Peer;
import io.croft.base.http.Query;
import io.croft.base.http.RequestBody;
import io.croft.fleet.TestSite;
import io.croft.fleet.proof.Transcript;
import io.croft.model.Json;
import io.croft.model.StatusException;
import io.croft.pki.Identity;
import io.croft.pki.Pki;
import io.croft.pki.ServerNames;
import io.croft.security.AuthorizedHandler;
import io.croft.security.RequestContext;
import io.croft.security.RequestInfo;
import io.croft.security.UserInfo;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("S3")
class TunnelsTest {
  private static final UserInfo HOST = UserInfo.of("system:node:edge", "system:nodes");
  private static final UserInfo ADMINISTRATOR = UserInfo.of("admin", UserInfo.MASTERS);
  private static final String TUNNEL = "/apis/fleet.croft.io/v1alpha1/machines/edge/tunnel";

  @TempDir static Path directory;
  private static Identity identity;

  private final List<AutoCloseable> open = new ArrayList<>();

  /// The key of the machine `edge`; empty when there is none.
  private final AtomicReference<String> known = new AtomicReference<>("");

  private final Tunnels tunnels =
      new Tunnels((machine, key) -> machine.equals("edge") && key.equals(known.get()));
  private final AuthorizedHandler handler =
      tunnels.before((_, _) -> {
        throw new AssertionError("not for hosts");
      });

  @BeforeAll
  static void certify() throws Exception {
    Pki pki =
        Pki.open(
            directory.resolve("pki"),
            ServerNames.of(List.of("site.example")),
            InstantSource.system());
    identity = pki.issueClient("system:node:edge", List.of("system:nodes"), Duration.ofHours(1));
  }

  @BeforeEach
  void join() {
    known.set(Transcript.fingerprint(identity.leaf().getPublicKey()));
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : open) {
      one.close();
    }
  }

  private HttpResponse ask(UserInfo user, String path, Peer peer, byte[] body) {
    var request =
        new HttpRequest(
            body.length == 0 ? "GET" : "POST",
            path,
            Query.EMPTY,
            Headers.of("upgrade", "croft-tunnel"),
            RequestBody.of(body),
            peer);
    RequestInfo info = RequestInfo.parse(request.method(), path, Query.EMPTY);
    return handler.handle(request, new RequestContext(user, info, "test"));
  }

  private HttpResponse connect(UserInfo user) {
    return ask(user, TUNNEL, new Peer("192.0.2.7", List.of(identity.leaf())), new byte[0]);
  }

  private static void assertForbidden(Runnable asking) {
    assertThatThrownBy(asking::run)
        .isInstanceOfSatisfying(
            StatusException.class, e -> assertThat(e.status().code()).isEqualTo(403));
  }

  @Test
  void onlyTheHostItselfConnects() {
    assertThat(connect(HOST)).isInstanceOf(HttpResponse.Upgraded.class);
    assertForbidden(() -> connect(ADMINISTRATOR));
    assertForbidden(() -> connect(UserInfo.of("system:node:other", "system:nodes")));
    assertForbidden(() -> connect(UserInfo.of("system:node:edge")));
    assertForbidden(() -> ask(HOST, TUNNEL, Peer.IN_PROCESS, new byte[0]));
    known.set("another key");
    assertForbidden(() -> connect(HOST));
  }

  @Test
  void aHostThatWasRemovedWhileItConnectedIsNotConnected() throws Exception {
    var upgraded = (HttpResponse.Upgraded) connect(HOST);
    known.set("");
    try (var site = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        var host = new Socket(InetAddress.getLoopbackAddress(), site.getLocalPort());
        Socket accepted = site.accept()) {
      upgraded.conversation().hold(accepted.getInputStream(), new Sink(accepted));
      assertThat(tunnels.isConnected("edge")).isFalse();
      assertThat(host.isClosed()).isFalse();
    }
  }

  /// Connects a host that answers so.
  private void connected(Link.Answering answering) throws Exception {
    var upgraded = (HttpResponse.Upgraded) connect(HOST);
    try (var site = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var host = new Socket(InetAddress.getLoopbackAddress(), site.getLocalPort());
      Socket accepted = site.accept();
      open.addAll(List.of(host, accepted));
      var link = new Link(host.getInputStream(), new Output(host), answering);
      start(link::run);
      start(() -> upgraded.conversation().hold(accepted.getInputStream(), new Sink(accepted)));
    }
    TestSite.eventually("the host is connected", () -> tunnels.isConnected("edge"));
  }

  private interface Work {
    void run() throws IOException;
  }

  private static void start(Work work) {
    Thread.ofVirtual()
        .start(() -> {
          try {
            work.run();
          } catch (IOException e) {
            // the test has ended
          }
        });
  }

  private record Output(Socket socket) implements Link.Output {
    @Override
    public void write(byte[] bytes) throws IOException {
      socket.getOutputStream().write(bytes);
    }

    @Override
    public void abort() {
      try {
        socket.close();
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
  }

  private record Sink(Socket socket) implements BodySink {
    @Override
    public void write(byte[] bytes) throws IOException {
      socket.getOutputStream().write(bytes);
    }

    @Override
    public void flush() {}

    @Override
    public void onClose(Runnable action) {}
  }

  private record Collected(ByteArrayOutputStream bytes) implements BodySink {
    @Override
    public void write(byte[] more) {
      bytes.writeBytes(more);
    }

    @Override
    public void flush() {}

    @Override
    public void onClose(Runnable action) {}
  }

  private static byte[] body(HttpResponse answer) throws IOException {
    var collected = new Collected(new ByteArrayOutputStream());
    ((HttpResponse.Streaming) answer).writer().writeTo(collected);
    return collected.bytes().toByteArray();
  }

  private HttpResponse proxied(byte[] body) {
    return ask(ADMINISTRATOR, "/api/v1/nodes/edge/proxy/x", Peer.IN_PROCESS, body);
  }

  @Test
  void whatAHostAnswersDoesNothingInABrowser() throws Exception {
    var type = new AtomicReference<>("text/html");
    connected((_, stream) -> {
      var head = Json.object().put("status", 200);
      head.putArray("headers")
          .add("content-type")
          .add(type.get())
          .add("set-cookie")
          .add("session=mine")
          .add("location")
          .add("https://elsewhere.example");
      stream.sendHead(head);
      stream.end();
      stream.input().readAllBytes();
    });
    Headers headers = proxied(new byte[0]).headers();
    assertThat(headers.first("content-type")).contains("application/octet-stream");
    assertThat(headers.first("x-content-type-options")).contains("nosniff");
    assertThat(headers.first("content-security-policy")).contains("sandbox; default-src 'none'");
    assertThat(headers.first("set-cookie")).isEmpty();
    assertThat(headers.first("location")).isEmpty();
    type.set("text/plain; charset=utf-8");
    assertThat(proxied(new byte[0]).headers().first("content-type"))
        .contains("text/plain; charset=utf-8");
    type.set("application/json");
    assertThat(proxied(new byte[0]).headers().first("content-type")).contains("application/json");
  }

  @Test
  void aLongQuestionAndALongAnswerDoNotWaitForEachOther() throws Exception {
    byte[] question = new byte[5 * LinkStream.WINDOW];
    byte[] answer = new byte[5 * LinkStream.WINDOW];
    new Random(1).nextBytes(question);
    new Random(2).nextBytes(answer);
    var heard = new AtomicReference<>(new byte[0]);
    connected((_, stream) -> {
      stream.sendHead(Json.object().put("status", 200));
      stream.write(answer);
      heard.set(stream.input().readAllBytes());
      stream.end();
    });
    assertThat(Arrays.equals(body(proxied(question)), answer)).isTrue();
    assertThat(Arrays.equals(heard.get(), question)).isTrue();
  }
}
