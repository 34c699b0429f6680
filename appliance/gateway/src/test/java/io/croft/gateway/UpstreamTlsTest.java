package io.croft.gateway;

import static io.croft.gateway.RoutedGateway.ANYBODY;
import static io.croft.gateway.RoutedGateway.route;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.croft.gateway.routing.Backend;
import io.croft.gateway.routing.UpstreamTls;
import io.croft.pki.Identity;
import io.croft.pki.Pki;
import io.croft.pki.ServerNames;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Services that are spoken to over TLS, and that want a client certificate.
@Tag("S1")
class UpstreamTlsTest {
  /// One with a dot: the JDK names no others to servers.
  private static final String NAME = "svc.example.org";

  private final RoutedGateway gateway = new RoutedGateway();
  private final AtomicInteger asked = new AtomicInteger();
  @TempDir Path directory;
  private Pki site;
  private HttpsServer service;

  @BeforeEach
  void start() throws Exception {
    site = Pki.open(directory, ServerNames.of(List.of(NAME)), InstantSource.system());
    service = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    service.setHttpsConfigurator(
        new HttpsConfigurator(context(site)) {
          @Override
          public void configure(HttpsParameters parameters) {
            SSLParameters wanted = getSSLContext().getDefaultSSLParameters();
            wanted.setNeedClientAuth(true);
            parameters.setSSLParameters(wanted);
          }
        });
    service.createContext(
        "/",
        exchange -> {
          asked.incrementAndGet();
          var session = (ExtendedSSLSession) ((HttpsExchange) exchange).getSSLSession();
          byte[] body =
              (session.getPeerPrincipal().getName() + " " + session.getRequestedServerNames())
                  .getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    service.start();
  }

  @AfterEach
  void stop() {
    gateway.close();
    service.stop(0);
  }

  private static SSLContext context(Pki pki) throws Exception {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("ca", pki.clientAuthority().certificate());
    var trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(trusted);
    var context = SSLContext.getInstance("TLS");
    var keys = new ServerKeys(Credentials.material(pki));
    context.init(new KeyManager[] {keys}, trust.getTrustManagers(), null);
    return context;
  }

  private Identity client() throws Exception {
    return site.issueClient("gateway", List.of(), Duration.ofHours(1));
  }

  private List<X509Certificate> ours() {
    return List.of(site.serverAuthority().certificate());
  }

  private HttpResponse<String> get(UpstreamTls tls) throws Exception {
    var endpoint = new Backend.Endpoint("127.0.0.1", service.getAddress().getPort());
    gateway.only(
        "/",
        route(
            ANYBODY,
            List.of(),
            new Backend(
                1,
                List.of(),
                new Backend.Service(
                    "default/test", List.of(endpoint), Backend.Protocol.HTTP_1, tls))));
    return RunningGateway.get(
        gateway.running.client(HttpClient.Version.HTTP_1_1), gateway.running.request("/"));
  }

  private static UpstreamTls tls(
      String name, List<X509Certificate> authorities, @Nullable Identity client, String... names) {
    return new UpstreamTls(name, List.of(names), authorities, client);
  }

  @Test
  void namesTheServerAndShowsItsCertificate() throws Exception {
    HttpResponse<String> answer = get(tls(NAME, ours(), client()));

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).contains("CN=gateway").contains("host_name (0)").contains(NAME);
  }

  @Test
  void takesNoCertificateForAnotherName() throws Exception {
    assertThat(get(tls("other.example", ours(), client())).statusCode()).isEqualTo(502);
    assertThat(asked).hasValue(0);
  }

  @Test
  void takesOneOfTheNamesThatAPolicyLists() throws Exception {
    assertThat(get(tls("other.example", ours(), client(), "a.example", NAME)).statusCode())
        .isEqualTo(200);
    assertThat(get(tls(NAME, ours(), client(), "a.example")).statusCode()).isEqualTo(502);
    assertThat(asked).hasValue(1);
  }

  @Test
  void takesNoCertificateOfAnotherAuthority() throws Exception {
    var foreign = List.of(Credentials.FOREIGN.serverAuthority().certificate());
    assertThat(get(tls(NAME, foreign, client())).statusCode()).isEqualTo(502);
    assertThat(get(tls(NAME, foreign, client(), NAME)).statusCode()).isEqualTo(502);
    assertThat(asked).hasValue(0);
  }

  @Test
  void isRefusedWithoutACertificate() throws Exception {
    assertThat(get(tls(NAME, ours(), null)).statusCode()).isEqualTo(502);
    assertThat(asked).hasValue(0);
  }
}
