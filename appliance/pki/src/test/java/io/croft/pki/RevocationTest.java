package io.croft.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.base.http.Query;
import io.croft.pki.RevokedCertificate.Reason;
import io.croft.pki.revocation.RevocationService;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.cert.ocsp.OCSPResp;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is revoked, as OpenSSL understands what is said of it.
@Tag("S28")
class RevocationTest {
  private static final ServerNames NAMES = ServerNames.of(List.of("localhost"));

  @TempDir Path temporary;

  private final PkiConfig config =
      PkiConfig.DEFAULT.withPublicUrl(Optional.of("http://pki.example.com"));
  private Instant now = Instant.now();
  private Pki pki;
  private PkiControl control;
  private RevocationService service;
  private X509Certificate alice;

  @BeforeEach
  void open() throws Exception {
    pki = Pki.open(temporary.resolve("pki"), NAMES, config, () -> now);
    control = new PkiControl(temporary.resolve("pki"), config, () -> now);
    service = new RevocationService(pki::issuers, () -> now);
    alice = pki.issueClient("alice", List.of(), Duration.ofDays(1)).leaf();
    write("alice.crt", alice);
    write("bob.crt", pki.issueClient("bob", List.of(), Duration.ofDays(1)).leaf());
    write("issuer.crt", pki.clientAuthority().certificate());
    write("root.crt", pki.serverAuthority().trusted().getFirst());
  }

  @Test
  void openSslFindsWhatIsRevokedInTheList() throws Exception {
    assertThat(verified("alice.crt").exit()).isZero();
    control.revoke(alice, Reason.KEY_COMPROMISE);
    assertThat(verified("alice.crt").text()).contains("certificate revoked");
    assertThat(verified("bob.crt").exit()).isZero();
    assertThat(openSsl("crl", "-inform", "DER", "-in", "list.der", "-noout", "-text"))
        .contains("Key Compromise");
  }

  @Test
  void openSslIsAnsweredByOcsp() throws Exception {
    assertThat(ocsp("alice.crt", "-sha1")).contains("Response verify OK", "alice.crt: good");
    control.revoke(alice, Reason.SUPERSEDED);
    assertThat(ocsp("alice.crt", "-sha256"))
        .contains("Response verify OK", "alice.crt: revoked", "Reason: superseded")
        .doesNotContain("WARNING: no nonce");
    assertThat(ocsp("bob.crt", "-sha256")).contains("bob.crt: good");
    openSsl(
        "ocsp", "-no_nonce", "-issuer", "issuer.crt", "-serial", "4711", "-reqout", "request.der");
    Files.write(
        temporary.resolve("response.der"),
        post(Files.readAllBytes(temporary.resolve("request.der"))).body());
    assertThat(
            openSsl(
                "ocsp",
                "-no_nonce",
                "-issuer",
                "issuer.crt",
                "-serial",
                "4711",
                "-respin",
                "response.der",
                "-CAfile",
                "root.crt",
                "-verify_other",
                "issuer.crt"))
        .as("never issued")
        .contains("4711: unknown");
  }

  @Test
  void ocspIsAnsweredByGetToo() throws Exception {
    control.revoke(alice, Reason.UNSPECIFIED);
    openSsl(
        "ocsp",
        "-no_nonce",
        "-issuer",
        "issuer.crt",
        "-cert",
        "alice.crt",
        "-reqout",
        "request.der");
    String base64 =
        Base64.getEncoder().encodeToString(Files.readAllBytes(temporary.resolve("request.der")));
    for (String path : List.of(base64, URLEncoder.encode(base64, StandardCharsets.US_ASCII))) {
      HttpResponse.Complete answer =
          send(HttpRequest.of("GET", "/pki/ocsp/" + path, Query.parse("")));
      assertThat(answer.headers().first("content-type")).contains("application/ocsp-response");
      Files.write(temporary.resolve("response.der"), answer.body());
      assertThat(understood("alice.crt")).contains("alice.crt: revoked");
    }
  }

  @Test
  void whatIsNoRequestIsRefusedAsSuch() throws Exception {
    openSsl("ocsp", "-issuer", "issuer.crt", "-cert", "alice.crt", "-reqout", "request.der");
    byte[] good = Files.readAllBytes(temporary.resolve("request.der"));
    var random = new Random(7);
    for (int i = 0; i < Integer.getInteger("croft.pki.mutations", 300); i++) {
      byte[] bad = good.clone();
      bad[random.nextInt(bad.length)] ^= (byte) (1 + random.nextInt(255));
      HttpResponse.Complete answer = post(bad);
      assertThat(answer.status()).as("mutation %d", i).isEqualTo(200);
      assertThat(new OCSPResp(answer.body()).getStatus()).isIn(0, 1, 6);
    }
    assertThat(new OCSPResp(post(new byte[0]).body()).getStatus()).as("malformed").isEqualTo(1);
    assertThat(post(new byte[10_000]).status()).isEqualTo(413);
    assertThat(send(HttpRequest.of("GET", "/pki/ocsp/%zz", Query.parse(""))).status())
        .isEqualTo(200);
    assertThat(send(HttpRequest.of("GET", "/pki/other", Query.parse(""))).status()).isEqualTo(404);
    assertThat(send(HttpRequest.of("GET", "/pki/crl/9/ca", Query.parse(""))).status())
        .isEqualTo(404);
    assertThat(send(HttpRequest.of("PUT", "/pki/crl/1/ca", Query.parse(""))).status())
        .isEqualTo(405);
  }

  @Test
  void aStrangersCertificateIsNotForUsToAnswer() throws Exception {
    Pki other = Pki.open(temporary.resolve("other"), NAMES, config, () -> now);
    write("stranger.crt", other.issueClient("x", List.of(), Duration.ofDays(1)).leaf());
    write("issuer.crt", other.clientAuthority().certificate());
    openSsl("ocsp", "-issuer", "issuer.crt", "-cert", "stranger.crt", "-reqout", "request.der");
    HttpResponse.Complete answer = post(Files.readAllBytes(temporary.resolve("request.der")));
    assertThat(new OCSPResp(answer.body()).getStatus()).as("unauthorized").isEqualTo(6);
    assertThatThrownBy(() -> control.revoke(other.admin().leaf(), Reason.UNSPECIFIED))
        .isInstanceOf(PkiException.class)
        .hasMessageContaining("was issued by none of the authorities");
  }

  @Test
  void certificatesPointToBoth() throws Exception {
    assertThat(openSsl("x509", "-in", "alice.crt", "-noout", "-text"))
        .contains("URI:http://pki.example.com/pki/crl/1/client-ca")
        .contains("OCSP - URI:http://pki.example.com/pki/ocsp");
    assertThat(alice.getExtensionValue(Extension.cRLDistributionPoints.getId())).isNotNull();
  }

  @Test
  void numbersOfListsGrowAndAListIsMadeOnlyWhenThereIsAReason() throws Exception {
    byte[] first = list();
    assertThat(list()).isEqualTo(first);
    control.revoke(alice, Reason.UNSPECIFIED);
    byte[] second = list();
    assertThat(number(second)).isGreaterThan(number(first));
    now = now.plus(Duration.ofHours(1));
    assertThat(number(list())).isGreaterThan(number(second));
    now = now.plus(Duration.ofDays(2));
    assertThat(crl(list()).getRevokedCertificates()).as("expired anyway").isNull();
  }

  private byte[] list() {
    return send(HttpRequest.of("GET", "/pki/crl/1/client-ca", Query.parse(""))).body();
  }

  private static java.security.cert.X509CRL crl(byte[] der) throws Exception {
    return (java.security.cert.X509CRL)
        java.security.cert.CertificateFactory.getInstance("X.509")
            .generateCRL(new java.io.ByteArrayInputStream(der));
  }

  private static java.math.BigInteger number(byte[] der) throws Exception {
    byte[] value = crl(der).getExtensionValue(Extension.cRLNumber.getId());
    byte[] content = org.bouncycastle.asn1.ASN1OctetString.getInstance(value).getOctets();
    return org.bouncycastle.asn1.ASN1Integer.getInstance(content).getValue();
  }

  private OpenSsl.Output verified(String leaf) throws Exception {
    Files.write(temporary.resolve("list.der"), list());
    openSsl("crl", "-inform", "DER", "-in", "list.der", "-out", "list.pem");
    return OpenSsl.run(
        temporary,
        "verify",
        "-crl_check",
        "-CRLfile",
        "list.pem",
        "-CAfile",
        "root.crt",
        "-untrusted",
        "issuer.crt",
        leaf);
  }

  /// Over HTTP, with a nonce.
  private String ocsp(String leaf, String digest) throws Exception {
    var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/pki/ocsp",
        exchange -> {
          HttpResponse.Complete answer = post(exchange.getRequestBody().readAllBytes());
          exchange.getResponseHeaders().add("content-type", "application/ocsp-response");
          exchange.sendResponseHeaders(answer.status(), answer.body().length);
          exchange.getResponseBody().write(answer.body());
          exchange.close();
        });
    server.start();
    try {
      String url = "http://127.0.0.1:%d/pki/ocsp".formatted(server.getAddress().getPort());
      return openSsl(
          "ocsp",
          digest,
          "-issuer",
          "issuer.crt",
          "-cert",
          leaf,
          "-url",
          url,
          "-CAfile",
          "root.crt",
          "-verify_other",
          "issuer.crt");
    } finally {
      server.stop(0);
    }
  }

  private String understood(String leaf) throws Exception {
    return openSsl(
        "ocsp",
        "-no_nonce",
        "-issuer",
        "issuer.crt",
        "-cert",
        leaf,
        "-respin",
        "response.der",
        "-CAfile",
        "root.crt",
        "-verify_other",
        "issuer.crt");
  }

  private HttpResponse.Complete post(byte[] body) {
    return send(
        HttpRequest.of("POST", "/pki/ocsp", Query.parse(""))
            .withBody("application/ocsp-request", body));
  }

  private HttpResponse.Complete send(HttpRequest request) {
    return (HttpResponse.Complete) service.handle(request);
  }

  private String openSsl(String... arguments) throws Exception {
    return OpenSsl.run(temporary, arguments).succeeded();
  }

  private void write(String name, X509Certificate certificate) throws Exception {
    Files.writeString(temporary.resolve(name), Pem.encode(certificate));
  }
}
