package io.croft.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.pki.Identity;
import io.croft.pki.Pki;
import io.croft.pki.ServerNames;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a handshake may settle on, and whose certificate counts.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class TlsTest {
  private final RunningGateway running = RunningGateway.start(TlsTest::whoAmI);

  private static HttpResponse whoAmI(HttpRequest request) {
    List<X509Certificate> chain = request.peer().certificates();
    return GatewayExchangeTest.text(
        chain.isEmpty() ? "nobody" : chain.getFirst().getSubjectX500Principal().getName());
  }

  @AfterAll
  void stop() {
    running.close();
  }

  private SSLSocket socket() throws IOException {
    var socket =
        (SSLSocket)
            Credentials.clientContext(null)
                .getSocketFactory()
                .createSocket("127.0.0.1", running.port());
    socket.setSoTimeout((int) RunningGateway.PATIENCE.toMillis());
    return socket;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "TLS_AES_128_GCM_SHA256",
        "TLS_AES_256_GCM_SHA384",
        "TLS_CHACHA20_POLY1305_SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"
      })
  void takesStrongCiphers(String suite) throws IOException {
    try (SSLSocket socket = socket()) {
      socket.setEnabledCipherSuites(new String[] {suite});
      socket.startHandshake();

      assertThat(socket.getSession().getCipherSuite()).isEqualTo(suite);
    }
  }

  /// No key exchange without forward secrecy, no mode without authentication, no cipher of old.
  @Test
  void refusesAllOtherCiphers() throws IOException {
    int refused = 0;
    for (String suite : socket().getSupportedCipherSuites()) {
      boolean strong =
          suite.matches("TLS_(AES|CHACHA20).*")
              || suite.matches("TLS_ECDHE_.*(GCM_SHA256|GCM_SHA384|POLY1305_SHA256)");
      if (!strong && !suite.endsWith("_SCSV")) {
        try (SSLSocket socket = socket()) {
          socket.setEnabledCipherSuites(new String[] {suite});
          assertThatThrownBy(socket::startHandshake).as(suite).isInstanceOf(IOException.class);
          refused++;
        }
      }
    }
    assertThat(refused).isGreaterThan(5);
  }

  @ParameterizedTest
  @ValueSource(strings = {"SSLv3", "TLSv1", "TLSv1.1"})
  void refusesOldProtocols(String protocol) throws IOException {
    try (SSLSocket socket = socket()) {
      socket.setEnabledProtocols(new String[] {protocol});

      assertThatThrownBy(socket::startHandshake).isInstanceOf(IOException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void settlesOnWhatTheClientSpeaks(String protocol) throws IOException {
    try (SSLSocket socket = socket()) {
      socket.setEnabledProtocols(new String[] {protocol});
      var parameters = socket.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"spdy/3", "http/1.1"});
      socket.setSSLParameters(parameters);
      socket.startHandshake();

      assertThat(socket.getApplicationProtocol()).isEqualTo("http/1.1");
      assertThat(socket.getSession().getProtocol()).isEqualTo(protocol);
    }
  }

  /// CVE-2009-3555, and work for nothing.
  @Test
  void doesNotNegotiateAgain() throws IOException {
    try (SSLSocket socket = socket()) {
      socket.setEnabledProtocols(new String[] {"TLSv1.2"});
      socket.startHandshake();
      byte[] request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
      socket.getOutputStream().write(request);
      assertThat(socket.getInputStream().read()).isEqualTo('H');

      assertThatThrownBy(
              () -> {
                socket.startHandshake();
                socket.getOutputStream().write(request);
                socket.getInputStream().readAllBytes();
                socket.getOutputStream().write(request);
              })
          .isInstanceOf(IOException.class);
    }
  }

  private String who(Identity identity) throws Exception {
    try (var client = running.client(HttpClient.Version.HTTP_1_1, identity)) {
      return RunningGateway.get(client, running.request("/")).body();
    }
  }

  @Test
  void takesACertificateOfOurs() throws Exception {
    assertThat(who(Credentials.OURS.issueClient("alice", List.of(), Duration.ofHours(1))))
        .isEqualTo("CN=alice");
  }

  @Test
  void takesNoCertificateOfAnotherAuthority() throws Exception {
    assertThat(who(Credentials.FOREIGN.issueClient("alice", List.of(), Duration.ofHours(1))))
        .isEqualTo("nobody");
  }

  @Test
  void takesNoCertificateForServers() throws Exception {
    assertThat(who(Credentials.OURS.server())).isEqualTo("nobody");
  }

  @Test
  void takesNoCertificateThatHasExpired(@TempDir Path directory) throws Exception {
    Instant now = Instant.now();
    var names = ServerNames.of(List.of("localhost", "127.0.0.1"));
    Pki early = Pki.open(directory, names, InstantSource.fixed(now.minus(Duration.ofDays(2))));
    Identity expired = early.issueClient("alice", List.of(), Duration.ofHours(1));
    Identity good = early.issueClient("alice", List.of(), Duration.ofDays(3));
    var material =
        new TlsMaterial(
            Credentials.OURS.server().key(),
            Credentials.OURS.server().chain(),
            List.of(early.clientAuthority().certificate()));
    try (var own = RunningGateway.start(() -> material, TlsTest::whoAmI)) {
      assertThat(ask(own, good)).isEqualTo("CN=alice");
      assertThat(ask(own, expired)).isEqualTo("nobody");
    }
  }

  private static String ask(RunningGateway own, Identity identity) throws Exception {
    return RunningGateway.get(own.client(HttpClient.Version.HTTP_1_1, identity), own.request("/"))
        .body();
  }

  @Test
  void showsTheChainToTheClientLeafFirst() throws IOException {
    try (SSLSocket socket = socket()) {
      socket.startHandshake();
      var chain = socket.getSession().getPeerCertificates();

      assertThat(Arrays.asList(chain)).isEqualTo(Credentials.OURS.server().chain());
    }
  }
}
