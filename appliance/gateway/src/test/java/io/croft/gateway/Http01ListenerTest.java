package io.croft.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.base.HostPort;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Http01ListenerTest {
  private static final int PATIENCE_MILLIS = 30_000;
  private static final String PATH = "/.well-known/acme-challenge/";

  private final Http01Listener listener =
      new Http01Listener(
          new HostPort("127.0.0.1", 0),
          token -> token.equals("known") ? Optional.of("known.thumbprint") : Optional.empty());

  @BeforeEach
  void start() throws IOException {
    listener.start();
  }

  @AfterEach
  void stop() {
    listener.stop();
  }

  /// What is answered until the connection is closed.
  private String ask(String text) throws IOException {
    try (var socket =
        new Socket(InetAddress.getLoopbackAddress(), listener.localAddress().getPort())) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    }
  }

  @Test
  @Tag("CM-31")
  void answersTokensThatAreWaitedFor() throws IOException {
    assertThat(ask("GET " + PATH + "known HTTP/1.1\r\nHost: a.example.test\r\n\r\n"))
        .startsWith("HTTP/1.1 200 OK\r\n")
        .containsIgnoringCase("connection: close")
        .endsWith("\r\n\r\nknown.thumbprint");
    assertThat(ask("HEAD " + PATH + "known HTTP/1.1\r\nHost: a\r\n\r\n"))
        .startsWith("HTTP/1.1 200 OK\r\n")
        .containsIgnoringCase("content-length: 16")
        .endsWith("\r\n\r\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        PATH + "unknown",
        PATH,
        PATH + "known?x=y",
        PATH + "../acme-challenge/known",
        "http://a.example.test" + PATH + "known",
        "/healthz",
        "/",
        "/api/v1/namespaces"
      })
  void servesNothingElse(String target) throws IOException {
    assertThat(ask("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n"))
        .startsWith("HTTP/1.1 404 ")
        .endsWith("\r\n\r\n");
  }

  @Test
  void refusesOtherMethodsAndWhatIsTooLong() throws IOException {
    assertThat(ask("POST " + PATH + "known HTTP/1.1\r\nContent-Length: 9\r\n\r\n"))
        .startsWith("HTTP/1.1 405 ");
    assertThat(ask("GET " + PATH + "x".repeat(2000) + " HTTP/1.1\r\n\r\n"))
        .startsWith("HTTP/1.1 400 ");
    assertThat(ask("\u0016\u0003\u0001 nonsense\r\n\r\n")).startsWith("HTTP/1.1 400 ");
  }

  @Test
  void answersOneRequestPerConnection() throws IOException {
    String request = "GET " + PATH + "known HTTP/1.1\r\nHost: a\r\n\r\n";
    assertThat(ask(request + request)).containsOnlyOnce("HTTP/1.1");
  }

  @Test
  void saysWhichSettingIsInTheWay() {
    var second =
        new Http01Listener(
            new HostPort("127.0.0.1", listener.localAddress().getPort()), _ -> Optional.empty());
    assertThatThrownBy(second::start)
        .isInstanceOf(BindException.class)
        .hasMessageContaining("croft.acme.http01.listen");
    second.stop();
  }
}
