package io.croft.certificates;

import static io.croft.certificates.TestCluster.certificate;
import static io.croft.certificates.TestCluster.eventually;
import static io.croft.certificates.TestCluster.issuer;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.croft.certificates.api.Conditions;
import io.croft.certificates.api.Resources;
import io.croft.certificates.api.SecretData;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.pki.Pem;
import io.croft.pki.PkiException;
import io.croft.pki.x509.AlternativeNames;
import io.croft.pki.x509.Issuance;
import io.croft.pki.x509.KeyKind;
import io.croft.pki.x509.SigningRequest;
import io.croft.pki.x509.Subject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Issuers that have Vault sign, against a server that speaks as much of its API as they use, and
/// signs truly.
class VaultTest {
  @TempDir static Path directory;
  private static TestCluster cluster;
  private static HttpServer vault;
  private static KeyPair key;
  private static X509Certificate root;
  private static final Queue<JsonNode> SIGNED = new ConcurrentLinkedQueue<>();
  private static final Queue<JsonNode> LOGINS = new ConcurrentLinkedQueue<>();

  @BeforeAll
  static void start() throws Exception {
    key = new KeyKind(KeyKind.Algorithm.ECDSA, 256).generate();
    var wish =
        new SigningRequest.Wish(
            Subject.of(Map.of(Subject.Attribute.COMMON_NAME, List.of("vault"))),
            AlternativeNames.NONE,
            Set.of(),
            null,
            "");
    root = issuance(SigningRequest.create(key, wish), true).selfSigned(key);
    vault = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    vault.createContext("/", VaultTest::answer);
    vault.start();
    cluster = new TestCluster(directory);
    secret("token", "token: good");
    secret("wrong", "token: bad");
    secret("approle", "secretId: hush");
  }

  private static Issuance issuance(SigningRequest request, boolean authority) {
    return new Issuance(
        request,
        Instant.now().truncatedTo(ChronoUnit.SECONDS),
        Duration.ofHours(2),
        authority,
        Set.of(),
        Issuance.Pointers.NONE);
  }

  private static void secret(String name, String data) throws Exception {
    cluster.create(
        Resources.SECRETS,
        TestCluster.object(
            "{apiVersion: v1, kind: Secret, metadata: {name: %s}, stringData: {%s}}"
                .formatted(name, data)));
  }

  @AfterAll
  static void stop() {
    vault.stop(0);
    cluster.close();
  }

  private static void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      String token = exchange.getRequestHeaders().getFirst("X-Vault-Token");
      ObjectNode answer = Json.object();
      int code = 200;
      switch (exchange.getRequestURI().getPath()) {
        case "/v1/auth/approle/login", "/v1/auth/kubernetes/login" -> {
          LOGINS.add(Json.parse(body));
          answer.putObject("auth").put("client_token", "good");
        }
        case "/v1/auth/token/lookup-self" -> code = "good".equals(token) ? 200 : 403;
        case "/v1/pki/sign/web" -> {
          JsonNode asked = Json.parse(body);
          SIGNED.add(asked);
          code = "good".equals(token) ? 200 : 403;
          var request = SigningRequest.parse(asked.path("csr").asText());
          String pem = Pem.encode(issuance(request, false).signedBy(key.getPrivate(), root));
          answer.putObject("data").put("certificate", pem).put("issuing_ca", Pem.encode(root));
        }
        default -> code = 404;
      }
      if (code != 200) {
        answer = Json.object();
        answer.putArray("errors").add("permission denied");
      }
      byte[] bytes = Json.bytes(answer);
      exchange.sendResponseHeaders(code, bytes.length);
      exchange.getResponseBody().write(bytes);
    } catch (MalformedJsonException | PkiException e) {
      throw new IOException(e);
    }
  }

  private static ApiObject vaultIssuer(String name, String path, String auth) throws Exception {
    return issuer(
        name,
        "vault: {server: 'http://127.0.0.1:%d', path: %s, auth: {%s}}"
            .formatted(vault.getAddress().getPort(), path, auth));
  }

  private static String reason(String issuer) {
    return Conditions.find(cluster.get(Resources.ISSUERS, issuer), Conditions.READY)
        .map(Conditions.Condition::reason)
        .orElse("");
  }

  @Test
  @Tag("CM-27")
  @Tag("S28")
  void hasVaultSign() throws Exception {
    cluster.create(
        Resources.ISSUERS, vaultIssuer("vault", "pki/sign/web", "tokenSecretRef: {name: token}"));
    cluster.create(
        Resources.CERTIFICATES,
        certificate(
            "vaulted",
            "commonName: a.example.com, dnsNames: [a.example.com], duration: 2h,"
                + " issuerRef: {name: vault}"));
    cluster.issued("vaulted", 1);
    assertThat(reason("vault")).isEqualTo("VaultVerified");
    JsonNode asked = SIGNED.element();
    assertThat(asked.path("common_name").asText()).isEqualTo("a.example.com");
    assertThat(asked.path("alt_names").asText()).isEqualTo("a.example.com");
    assertThat(asked.path("ttl").asText()).isEqualTo("7200s");
    assertThat(asked.path("exclude_cn_from_sans").asText()).isEqualTo("true");
    cluster.leaf("vaulted-tls").verify(root.getPublicKey());
    assertThat(SecretData.text(cluster.secret("vaulted-tls"), SecretData.CA))
        .isEqualTo(Pem.encode(root));
  }

  @Test
  @Tag("CM-27")
  void logsInByRoleAndByServiceAccount() throws Exception {
    cluster.create(
        Resources.ISSUERS,
        vaultIssuer(
            "role",
            "pki/sign/web",
            "appRole: {path: approle, roleId: me, secretRef: {name: approle, key: secretId}}"));
    cluster.client.create(
        new GroupVersionResource("", "v1", "serviceaccounts"),
        TestCluster.object("{apiVersion: v1, kind: ServiceAccount, metadata: {name: robot}}"));
    cluster.create(
        Resources.ISSUERS,
        vaultIssuer(
            "account",
            "pki/sign/web",
            "kubernetes: {role: robots, serviceAccountRef: {name: robot}}"));
    eventually("both are in", () -> reason("role").equals("VaultVerified"));
    eventually("both are in", () -> reason("account").equals("VaultVerified"));
    assertThat(LOGINS)
        .anyMatch(l -> l.path("secret_id").asText().equals("hush"))
        .anyMatch(
            l -> l.path("role").asText().equals("robots") && l.path("jwt").asText().length() > 100);
  }

  @Test
  @Tag("CM-27")
  void saysWhyVaultCannotBeUsed() throws Exception {
    cluster.create(
        Resources.ISSUERS, vaultIssuer("refused", "pki/sign/web", "tokenSecretRef: {name: wrong}"));
    cluster.create(
        Resources.ISSUERS,
        issuer(
            "unreachable",
            "vault: {server: 'http://127.0.0.1:1', path: x, auth: {tokenSecretRef: {name:"
                + " token}}}"));
    cluster.create(
        Resources.ISSUERS, vaultIssuer("lost", "nowhere", "tokenSecretRef: {name: token}"));
    cluster.create(
        Resources.CERTIFICATES,
        certificate("unsigned", "dnsNames: [a.example.com], issuerRef: {name: lost}"));
    eventually("refused", () -> reason("refused").equals("VaultError"));
    eventually("unreachable", () -> reason("unreachable").equals("VaultError"));
    cluster.awaitReason("unsigned", Conditions.ISSUING, "Failed");
    assertThat(cluster.get(Resources.ISSUERS, "refused").toString()).doesNotContain("bad");
  }
}
