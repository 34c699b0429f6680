package io.croft.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.pki.Identity;
import io.croft.pki.Pki;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Who the gateway says the client is, and who it is itself.
final class GatewayIdentityTest {
  /// Answers with the subject of the client's certificate, or with `nobody`.
  private static HttpResponse whoAmI(HttpRequest request) {
    List<X509Certificate> chain = request.peer().certificates();
    return GatewayExchangeTest.text(
        chain.isEmpty() ? "nobody" : chain.getFirst().getSubjectX500Principal().getName());
  }

  @ParameterizedTest
  @EnumSource
  void needsNoClientCertificate(Version version) throws Exception {
    try (var running = RunningGateway.start(GatewayIdentityTest::whoAmI)) {
      var response = RunningGateway.get(running.client(version), running.request("/"));

      assertThat(response.body()).isEqualTo("nobody");
    }
  }

  @ParameterizedTest
  @EnumSource
  void showsATrustedClientCertificateForEachRequest(Version version) throws Exception {
    try (var running = RunningGateway.start(GatewayIdentityTest::whoAmI)) {
      Identity alice = Credentials.OURS.issueClient("alice", List.of("devs"), Duration.ofHours(1));
      HttpClient client = running.client(version, alice);

      for (int i = 0; i < 3; i++) {
        var response = RunningGateway.get(client, running.request("/"));
        assertThat(response.body()).contains("CN=alice", "O=devs");
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void showsNobodyForACertificateOfAnUnknownAuthority(Version version) throws Exception {
    try (var running = RunningGateway.start(GatewayIdentityTest::whoAmI)) {
      HttpClient client = running.client(version, Credentials.FOREIGN.admin());

      for (int i = 0; i < 2; i++) {
        var response = RunningGateway.get(client, running.request("/"));
        assertThat(response.body()).isEqualTo("nobody");
      }
    }
  }

  @Test
  void showsNobodyForACertificateThatIsNotForClients() throws Exception {
    try (var running = RunningGateway.start(GatewayIdentityTest::whoAmI)) {
      HttpClient client = running.client(Version.HTTP_2, Credentials.OURS.server());

      assertThat(RunningGateway.get(client, running.request("/")).body()).isEqualTo("nobody");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void speaksCurrentTls(String protocol) throws Exception {
    try (var running = RunningGateway.start(GatewayIdentityTest::whoAmI);
        HttpClient client = clientLimitedTo(protocol)) {
      var response = RunningGateway.get(client, running.request("/"));

      assertThat(response.body()).contains("CN=kubernetes-admin");
      assertThat(response.sslSession().orElseThrow().getProtocol()).isEqualTo(protocol);
    }
  }

  private static HttpClient clientLimitedTo(String protocol) {
    var parameters = new SSLParameters();
    parameters.setProtocols(new String[] {protocol});
    return HttpClient.newBuilder()
        .sslContext(Credentials.clientContext(Credentials.OURS.admin()))
        .sslParameters(parameters)
        .build();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void knowsTheClientAgainInAResumedSession(String protocol) throws Exception {
    var context = Credentials.clientContext(Credentials.OURS.admin());
    var sessions = new HashSet<Long>();
    try (var running = RunningGateway.start(GatewayIdentityTest::whoAmI)) {
      for (int i = 0; i < 3; i++) {
        try (var raw = RawConnection.open(running.port(), context, protocol)) {
          var answer = raw.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").answer();
          assertThat(answer.body()).contains("CN=kubernetes-admin");
          sessions.add(raw.sessionCreationMillis());
        }
      }
    }
    assertThat(sessions).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void knowsNobodyInASessionOfAnAuthorityThatIsTrustedNoMore(String protocol) throws Exception {
    var context = Credentials.clientContext(Credentials.OURS.admin());
    var material = new AtomicReference<>(Credentials.material(Credentials.OURS));
    try (var running = RunningGateway.start(material::get, GatewayIdentityTest::whoAmI)) {
      assertThat(whoAmI(running, context, protocol)).contains("CN=kubernetes-admin");

      var foreign = Credentials.material(Credentials.FOREIGN).clientAuthorities();
      material.updateAndGet(m -> new TlsMaterial(m.key(), m.chain(), foreign));
      running.gateway.reload();

      assertThat(whoAmI(running, context, protocol)).isEqualTo("nobody");
    }
  }

  private static String whoAmI(RunningGateway running, SSLContext context, String protocol)
      throws IOException {
    try (var raw = RawConnection.open(running.port(), context, protocol)) {
      return raw.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").answer().body();
    }
  }

  @Test
  void usesReloadedMaterialForNewConnectionsOnly() throws Exception {
    var pki = new AtomicReference<Pki>(Credentials.OURS);
    try (var running =
        RunningGateway.start(() -> Credentials.material(pki.get()), GatewayIdentityTest::whoAmI)) {
      HttpClient before = running.client(Version.HTTP_2, Credentials.OURS.admin());
      assertThat(RunningGateway.get(before, running.request("/")).statusCode()).isEqualTo(200);

      pki.set(Credentials.FOREIGN);
      running.gateway.reload();

      assertThat(RunningGateway.get(before, running.request("/")).statusCode()).isEqualTo(200);
      var distrusting = running.client(Version.HTTP_2, Credentials.OURS.admin());
      assertThatThrownBy(() -> RunningGateway.get(distrusting, running.request("/")))
          .isInstanceOf(SSLException.class);
      HttpClient after = running.client(Credentials.FOREIGN, Credentials.FOREIGN.admin());
      assertThat(RunningGateway.get(after, running.request("/")).body())
          .contains("CN=kubernetes-admin");
    }
  }
}
