package io.croft.certificates;

import static io.croft.certificates.TestCluster.certificate;
import static io.croft.certificates.TestCluster.eventually;
import static io.croft.certificates.TestCluster.issuer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import io.croft.certificates.acme.Acme;
import io.croft.certificates.acme.AcmeTiming;
import io.croft.certificates.acme.solving.Dns01Solver;
import io.croft.certificates.acme.solving.Http01Tokens;
import io.croft.certificates.api.Conditions;
import io.croft.certificates.api.Resources;
import io.croft.certificates.api.SecretData;
import io.croft.model.Json;
import io.croft.pki.Pem;
import io.croft.pki.x509.AlternativeNames;
import io.croft.pki.x509.Issuance;
import io.croft.pki.x509.KeyKind;
import io.croft.pki.x509.PrivateKeys;
import io.croft.pki.x509.SigningRequest;
import io.croft.pki.x509.Subject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The same against Pebble, the small ACME server of the makers of Let's Encrypt:
/// `-Dcroft.pebble=PROGRAM`.
class PebbleTest {
  private static final AcmeTiming FAST =
      new AcmeTiming(
          2, Duration.ofMillis(10), Duration.ofMillis(200), Duration.ZERO, Duration.ofMillis(100));

  @TempDir Path directory;

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /// Writes the server's own certificate and key.
  ///
  /// @return the certificate in PEM
  private String writeIdentity() throws Exception {
    KeyPair pair = new KeyKind(KeyKind.Algorithm.ECDSA, 256).generate();
    var wish =
        new SigningRequest.Wish(
            Subject.of(Map.of(Subject.Attribute.COMMON_NAME, List.of("pebble"))),
            new AlternativeNames(List.of(), List.of("127.0.0.1"), List.of(), List.of(), List.of()),
            Set.of(),
            null,
            "");
    var issuance =
        new Issuance(
            SigningRequest.create(pair, wish),
            Instant.now().truncatedTo(ChronoUnit.SECONDS),
            Duration.ofDays(1),
            true,
            Set.of(),
            Issuance.Pointers.NONE);
    String pem = Pem.encode(issuance.selfSigned(pair));
    Files.writeString(directory.resolve("cert.pem"), pem);
    Files.writeString(
        directory.resolve("key.pem"), PrivateKeys.encode(pair, PrivateKeys.Encoding.PKCS8));
    return pem;
  }

  private Process start(String program, int port, int httpPort, TestDns dns) throws Exception {
    ObjectNode config = Json.object();
    config
        .putObject("pebble")
        .put("listenAddress", "127.0.0.1:" + port)
        .put("managementListenAddress", "127.0.0.1:" + freePort())
        .put("certificate", directory.resolve("cert.pem").toString())
        .put("privateKey", directory.resolve("key.pem").toString())
        .put("httpPort", httpPort)
        .put("tlsPort", freePort());
    Path file = directory.resolve("pebble.json");
    Files.write(file, Json.bytes(config));
    var builder =
        new ProcessBuilder(
            program, "-config", file.toString(), "-strict", "-dnsserver", dns.server());
    builder.environment().putAll(Map.of("PEBBLE_VA_NOSLEEP", "1", "PEBBLE_WFE_NONCEREJECT", "20"));
    return builder
        .redirectErrorStream(true)
        .redirectOutput(directory.resolve("pebble.log").toFile())
        .start();
  }

  @Test
  @Tag("CM-28")
  @Tag("CM-29")
  @Tag("CM-31")
  void hasPebbleSign() throws Exception {
    String program = System.getProperty("croft.pebble", "");
    assumeTrue(!program.isEmpty(), "-Dcroft.pebble does not name the program");
    var tokens = new Http01Tokens(true);
    var web = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    web.createContext(
        "/.well-known/acme-challenge/",
        exchange -> {
          String path = exchange.getRequestURI().getPath();
          String token = path.substring(path.lastIndexOf('/') + 1);
          byte[] body = tokens.answer(token).orElse("?").getBytes(StandardCharsets.US_ASCII);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    web.start();
    int httpPort = web.getAddress().getPort();
    int port = freePort();
    String pem = writeIdentity();
    var config = new Acme.Config(tokens, httpPort, Dns01Solver.Services.USUAL, FAST);
    try (var dns = new TestDns("example.test.");
        var cluster = new TestCluster(directory, config, UnaryOperator.identity())) {
      Process pebble = start(program, port, httpPort, dns);
      try {
        prove(cluster, dns, port, pem);
      } finally {
        pebble.destroyForcibly().waitFor();
        web.stop(0);
      }
    }
  }

  private static void prove(TestCluster cluster, TestDns dns, int port, String pem)
      throws Exception {
    cluster.create(
        Resources.SECRETS,
        TestCluster.object(
            "{apiVersion: v1, kind: Secret, metadata: {name: updater}, stringData: {key: '%s'}}"
                .formatted(TestDns.KEY)));
    cluster.create(
        Resources.ISSUERS,
        issuer(
            "pebble",
            """
            acme: {
              server: 'https://127.0.0.1:%d/dir', email: ops@example.test, caBundle: '%s',
              privateKeySecretRef: {name: account},
              solvers: [
                {waitInsteadOfSelfCheck: 0s, selector: {dnsNames: [a.example.test]},
                 http01: {ingress: {}}},
                {selector: {dnsZones: [example.test]},
                 dns01: {nameservers: ['%s'], rfc2136: {nameserver: '%s', tsigKeyName: updater,
                   tsigAlgorithm: HMACSHA256, tsigSecretSecretRef: {name: updater, key: key}}}},
                {http01: {ingress: {}}}]}
            """
                .formatted(port, SecretData.encode(pem), dns.server(), dns.server())));
    eventually(
        "the issuer is ready",
        () -> {
          var condition =
              Conditions.find(cluster.get(Resources.ISSUERS, "pebble"), Conditions.READY);
          return condition.isPresent() && condition.get().isTrue();
        });
    cluster.create(
        Resources.CERTIFICATES,
        certificate(
            "site",
            "dnsNames: [a.example.test, '*.example.test', example.test], ipAddresses: [127.0.0.1],"
                + " issuerRef: {name: pebble}"));
    cluster.issued("site", 1);
    assertThat(cluster.leaf("site-tls").getSubjectAlternativeNames()).hasSize(4);
    cluster.renew("site");
    cluster.issued("site", 2);
    assertThat(dns.texts("_acme-challenge.example.test.")).isEmpty();
  }
}
