package io.croft.engine.k3s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.base.http.Headers;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.base.http.Peer;
import io.croft.base.http.Query;
import io.croft.base.http.RequestBody;
import io.croft.engine.proxy.OneAnswer;
import io.croft.model.StatusException;
import io.croft.pki.Identity;
import io.croft.pki.KeyPairs;
import io.croft.pki.Pem;
import io.croft.pki.Pki;
import io.croft.pki.Profile;
import io.croft.pki.RevokedCertificate;
import io.croft.pki.ServerNames;
import io.croft.pki.x509.AlternativeNames;
import io.croft.pki.x509.SigningRequest;
import io.croft.pki.x509.Subject;
import io.croft.security.RequestContext;
import io.croft.security.RequestInfo;
import io.croft.security.Standing;
import io.croft.security.UserInfo;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostRoutesTest {
  private static final Duration LIFE = Duration.ofDays(30);

  @TempDir Path directory;
  private final Map<String, String> keys = new HashMap<>(Map.of("edge-1", "aa"));
  private Pki pki;
  private HostRoutes routes;
  private Peer peer = Peer.IN_PROCESS;
  private Optional<Standing> standing = Optional.of(Standing.of("host", () -> true));

  @BeforeEach
  void open() throws Exception {
    pki =
        Pki.open(
            directory.resolve("pki"), ServerNames.of(List.of("localhost")), InstantSource.system());
    routes = routes(1);
  }

  /// @param keys by the names of hosts
  static K3sHosts.Hosts hosts(Map<String, String> keys) {
    return new K3sHosts.Hosts() {
      @Override
      public Optional<String> key(String name) {
        return Optional.ofNullable(keys.get(name));
      }

      @Override
      public boolean isOfAnother(String name, InetAddress address) {
        return !name.equals("edge-2") && address.getHostAddress().equals("192.0.2.2");
      }
    };
  }

  private HostRoutes routes(int port) {
    var terms =
        new K3sHosts.Terms(
            hosts(keys),
            "host:",
            LIFE,
            () -> ServerNames.of(List.of("site.example", "site", "127.0.0.1", "192.0.2.1")));
    return new HostRoutes(port, () -> pki, terms, InstantSource.system());
  }

  private static byte[] request(KeyPair pair) throws Exception {
    var wish =
        new SigningRequest.Wish(
            Subject.literal("CN=system:masters"), AlternativeNames.NONE, Set.of(), null, "");
    String pem = SigningRequest.create(pair, wish).pem();
    return Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
  }

  private HttpResponse ask(String node, String method, String file, Headers headers, byte[] body) {
    var request =
        new HttpRequest(
            method, "/v1-k3s/" + file, Query.EMPTY, headers, RequestBody.of(body), peer);
    var user = UserInfo.of("system:node:" + node, "system:nodes", UserInfo.AUTHENTICATED);
    return routes.handle(
        request,
        new RequestContext(
            user,
            RequestInfo.parse(method, request.path(), Query.EMPTY),
            "1",
            (_, _) -> {},
            standing));
  }

  private X509Certificate certify(String file, Headers headers, KeyPair pair) throws Exception {
    var answer = (HttpResponse.Complete) ask("edge-1", "POST", file, headers, request(pair));
    assertThat(answer.status()).isEqualTo(200);
    String pem = new String(answer.body(), StandardCharsets.US_ASCII);
    X509Certificate leaf = Pem.certificates(pem).getFirst();
    assertThat(leaf.getPublicKey()).isEqualTo(pair.getPublic());
    return leaf;
  }

  private static List<?> names(X509Certificate leaf) throws Exception {
    return leaf.getSubjectAlternativeNames().stream().map(n -> n.get(1)).toList();
  }

  private static Headers address(String address) {
    return Headers.of("k3s-node-name", "edge-1", "k3s-node-ip", address);
  }

  @ParameterizedTest
  @CsvSource({
    "client-kubelet.crt,'O=system:nodes,O=host:edge-1,CN=system:node:edge-1'",
    "client-kube-proxy.crt,'O=host:edge-1,CN=system:kube-proxy'",
    "client-k3s-controller.crt,'O=host:edge-1,CN=system:k3s-controller'"
  })
  void certifiesWhatLogsIn(String file, String subject) throws Exception {
    X509Certificate leaf = certify(file, Headers.EMPTY, KeyPairs.generate());
    assertThat(Set.of(leaf.getSubjectX500Principal().getName().split(",")))
        .isEqualTo(Set.of(subject.split(",")));
    assertThat(pki.clientAuthority().issued(leaf)).isTrue();
    assertThat(leaf.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.2");
    assertThat(Duration.between(leaf.getNotBefore().toInstant(), leaf.getNotAfter().toInstant()))
        .isLessThanOrEqualTo(LIFE.plusHours(1));
    assertThat(pki.clientAuthority().registry().issued())
        .anyMatch(c -> c.serial().equals(leaf.getSerialNumber()));
  }

  /// No name of this machine itself: a host could stand in for what others reach there.
  @Test
  void certifiesKubeletsAsServers() throws Exception {
    X509Certificate leaf =
        certify("serving-kubelet.crt", address("192.0.2.7, 2001:db8::7"), KeyPairs.generate());
    assertThat(pki.serverAuthority().issued(leaf)).isTrue();
    assertThat(leaf.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.1");
    assertThat(names(leaf)).isEqualTo(List.of("edge-1", "192.0.2.7", "2001:db8:0:0:0:0:0:7"));
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.1,is the appliance's",
    "'192.0.2.7,192.0.2.1',is the appliance's",
    "127.0.0.1,is no address of a host",
    "127.1.2.3,is no address of a host",
    "::1,is no address of a host",
    "::ffff:127.0.0.1,is no address of a host",
    "0.0.0.0,is no address of a host",
    "224.0.0.1,is no address of a host",
    "x y,neither a host name nor an IP address",
    "site.example,addresses only",
    "SITE.example,addresses only",
    "*.example,addresses only",
    "edge-2,addresses only",
    "'1.1.1.1,1.1.1.2,1.1.1.3,1.1.1.4,1.1.1.5,1.1.1.6,1.1.1.7,1.1.1.8,1.1.1.9',at most 8"
  })
  void certifiesNoAddressOfOthers(String address, String why) {
    assertThatThrownBy(() -> certify("serving-kubelet.crt", address(address), KeyPairs.generate()))
        .isInstanceOf(StatusException.class)
        .hasMessageContaining(why);
  }

  /// Whoever says to have the addresses of all others must not keep them from work.
  @Test
  void certifiesAnAddressThatAnotherNodeSaysToHaveOnlyToWhomAsksFromThere() throws Exception {
    Headers addresses = address("192.0.2.7,192.0.2.2");
    assertThat(names(certify("serving-kubelet.crt", addresses, KeyPairs.generate())))
        .isEqualTo(List.of("edge-1", "192.0.2.7"));
    peer = new Peer("192.0.2.2", List.of());
    assertThat(names(certify("serving-kubelet.crt", addresses, KeyPairs.generate())))
        .isEqualTo(List.of("edge-1", "192.0.2.2", "192.0.2.7"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"site.example", "site", "a.example"})
  void certifiesNoNameOfTheAppliance(String name) throws Exception {
    keys.put(name, "bb");
    byte[] request = request(KeyPairs.generate());
    assertThatThrownBy(() -> ask(name, "POST", "serving-kubelet.crt", Headers.EMPTY, request))
        .hasMessageContaining("name %s is the appliance's".formatted(name));
  }

  @Test
  void givesTheSameKeyTheSameCertificateUntilItIsTakenBack() throws Exception {
    KeyPair pair = KeyPairs.generate();
    X509Certificate first = certify("client-kubelet.crt", Headers.EMPTY, pair);
    assertThat(certify("client-kubelet.crt", Headers.EMPTY, pair)).isEqualTo(first);
    pki.clientAuthority().revoke(first, RevokedCertificate.Reason.UNSPECIFIED);
    assertThat(certify("client-kubelet.crt", Headers.EMPTY, pair)).isNotEqualTo(first);
  }

  @Test
  void certifiesOnlySoManyKeys() throws Exception {
    for (int i = 0; i < 32; i++) {
      certify("client-kube-proxy.crt", Headers.EMPTY, KeyPairs.generate());
    }
    assertThatThrownBy(() -> certify("client-kubelet.crt", Headers.EMPTY, KeyPairs.generate()))
        .hasMessageContaining("too many certificates");
  }

  @Test
  void certifiesNothingForAHostThatHasGone() throws Exception {
    int before = pki.clientAuthority().registry().issued().size();
    keys.clear();
    assertThatThrownBy(() -> certify("client-kubelet.crt", Headers.EMPTY, KeyPairs.generate()))
        .hasMessageContaining("for hosts that have joined");
    assertThat(pki.clientAuthority().registry().issued()).hasSize(before);
  }

  @Test
  void takesBackWhatItHasCertifiedWhileTheHostWent() throws Exception {
    standing = Optional.of(Standing.of("host", () -> false));
    assertThatThrownBy(() -> certify("client-kubelet.crt", Headers.EMPTY, KeyPairs.generate()))
        .hasMessageContaining("no such host");
    assertThat(pki.clientAuthority().registry().revoked()).hasSize(1);
  }

  /// By impersonation, or in process.
  @Test
  void givesNothingToWhomHasNoCredentialsOfTheHost() {
    standing = Optional.empty();
    assertThatThrownBy(() -> certify("client-kubelet.crt", Headers.EMPTY, KeyPairs.generate()))
        .hasMessageContaining("for hosts that have joined");
  }

  @Test
  void refusesWhatIsNoRequest() throws Exception {
    for (byte[] body : List.of(new byte[0], "CSR".getBytes(StandardCharsets.US_ASCII))) {
      assertThatThrownBy(() -> ask("edge-1", "POST", "client-kubelet.crt", Headers.EMPTY, body))
          .isInstanceOf(StatusException.class);
    }
    assertThatThrownBy(
            () -> ask("edge-1", "POST", "client-kubelet.crt", Headers.EMPTY, new byte[20_000]))
        .hasMessageContaining("limit is");
    var generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(1024);
    KeyPair weak = generator.generateKeyPair();
    assertThatThrownBy(() -> certify("client-kubelet.crt", Headers.EMPTY, weak))
        .hasMessageContaining("2048 bits");
  }

  @ParameterizedTest
  @CsvSource({
    "GET,client-kubelet.crt", // which of k3s would come with a key that all hosts share
    "GET,server-bootstrap",
    "PUT,token",
    "POST,connect",
    "GET,encrypt/status",
    "POST,x.crt"
  })
  void asksNothingElse(String method, String file) throws Exception {
    byte[] body = method.equals("POST") ? request(KeyPairs.generate()) : new byte[0];
    assertThatThrownBy(() -> ask("edge-1", method, file, Headers.EMPTY, body))
        .isInstanceOf(StatusException.class)
        .extracting(e -> ((StatusException) e).status().code())
        .isEqualTo(404);
  }

  @Test
  void knowsHostsByTheirOwnNamesAlone() throws Exception {
    byte[] request = request(KeyPairs.generate());
    Headers other = Headers.of("k3s-node-name", "edge-2");
    assertThatThrownBy(() -> ask("edge-1", "POST", "client-kubelet.crt", other, request))
        .hasMessageContaining("has joined as edge-1");
  }

  @Test
  void tellsTheAuthorities() throws Exception {
    for (var authority : List.of(pki.clientAuthority(), pki.serverAuthority())) {
      String file =
          authority.purpose().text().contains("client") ? "client-ca.crt" : "server-ca.crt";
      var answer = (HttpResponse.Complete) ask("edge-1", "GET", file, Headers.EMPTY, new byte[0]);
      assertThat(Pem.certificates(new String(answer.body(), StandardCharsets.US_ASCII)))
          .isEqualTo(K3sTrust.certificates(authority));
    }
  }

  /// Without what the host itself has said to log in.
  @Test
  void asksK3sAsTheHost() throws Exception {
    Identity server =
        pki.serverAuthority()
            .issue(
                new Profile.Server(
                    "k3s", ServerNames.of(List.of("127.0.0.1")), Duration.ofDays(1)));
    try (var k3s =
        new OneAnswer(
            server,
            pki.clientAuthority().certificate(),
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]")) {
      routes = routes(k3s.port());
      HttpResponse answer =
          ask(
              "edge-1",
              "GET",
              "apiservers",
              Headers.of("authorization", "Basic bm9kZTp4"),
              new byte[0]);
      assertThat(answer.status()).isEqualTo(200);
      String head = k3s.head.get(10, TimeUnit.SECONDS).toLowerCase(Locale.ROOT);
      assertThat(head).startsWith("get /v1-k3s/apiservers").doesNotContain("authorization");
      assertThat(k3s.client.get(10, TimeUnit.SECONDS))
          .contains("CN=system:node:edge-1")
          .contains("O=system:nodes")
          .contains("O=host:edge-1");
    }
  }
}
