package io.croft.certificates;

import static io.croft.certificates.TestCluster.certificate;
import static io.croft.certificates.TestCluster.eventually;
import static io.croft.certificates.TestCluster.issuer;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.croft.base.http.HttpHandler;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.certificates.acme.Acme;
import io.croft.certificates.acme.AcmeTiming;
import io.croft.certificates.acme.solving.Dns01Solver;
import io.croft.certificates.acme.solving.Http01Tokens;
import io.croft.certificates.api.Conditions;
import io.croft.certificates.api.Resources;
import io.croft.certificates.api.SecretData;
import io.croft.client.DeleteOptions;
import io.croft.client.ListOptions;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.model.StatusException;
import io.croft.pki.Pem;
import io.croft.pki.x509.PrivateKeys;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Issuers that have an ACME server sign: accounts, orders and challenges in one class, because all
/// of it needs the servers that it starts once, and no part of it is of use without the others.
class AcmeTest {
  private static final String GROUP = "acme.hooks.test";
  private static final AcmeTiming FAST =
      new AcmeTiming(
          2, Duration.ofMillis(1), Duration.ofMillis(100), Duration.ZERO, Duration.ofMillis(50));

  @TempDir static Path directory;
  private static final Http01Tokens TOKENS = new Http01Tokens(true);
  private static final Queue<JsonNode> HOOKED = new ConcurrentLinkedQueue<>();
  private static HttpServer web;
  private static TestDns dns;
  private static TestAcmeServer acme;
  private static TestCluster cluster;

  @BeforeAll
  static void start() throws Exception {
    web = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    web.createContext("/", AcmeTest::serve);
    web.start();
    dns = new TestDns("example.test.");
    int port = web.getAddress().getPort();
    acme = new TestAcmeServer(port, dns);
    var services =
        new Dns01Solver.Services(
            URI.create("http://127.0.0.1:" + port + "/cloudflare"),
            URI.create("http://127.0.0.1:" + port),
            dns.address().getPort());
    var config = new Acme.Config(TOKENS, port, services, FAST);
    cluster = new TestCluster(directory, config, AcmeTest::withHook);
    secret("updater", "key: " + TestDns.KEY);
    issue("http", "solvers: [{http01: {ingress: {}}}]");
    issue(
        "dns",
        "solvers: [{dns01: {cnameStrategy: Follow, nameservers: ['%s'], rfc2136: {nameserver: '%s',"
                .formatted(dns.server(), dns.server())
            + " tsigKeyName: updater, tsigAlgorithm: HMACSHA256, tsigSecretSecretRef: {name:"
            + " updater, key: key}}}}]");
    ready("http");
    ready("dns");
  }

  @AfterAll
  static void stop() throws Exception {
    cluster.close();
    acme.close();
    dns.close();
    web.stop(0);
  }

  /// As the gateway's listener does.
  private static void serve(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      String token = path.substring(path.lastIndexOf('/') + 1);
      byte[] body = TOKENS.answer(token).orElse("").getBytes(StandardCharsets.US_ASCII);
      exchange.sendResponseHeaders(
          body.length == 0 ? 404 : 200, body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
    }
  }

  /// An aggregated API server that publishes records.
  private static HttpHandler withHook(HttpHandler others) {
    return request ->
        request.path().startsWith("/apis/" + GROUP + "/") ? hook(request) : others.handle(request);
  }

  private static HttpResponse hook(HttpRequest request) {
    try {
      ObjectNode payload = Json.parseObject(request.body().readAll(1 << 20));
      HOOKED.add(payload);
      JsonNode asked = payload.path("request");
      boolean good = asked.path("config").path("good").asBoolean(false);
      ObjectNode response =
          payload
              .putObject("response")
              .put("uid", asked.path("uid").asText(""))
              .put("success", good);
      response.putObject("status").put("message", "the test wants no record");
      boolean silent = asked.path("config").path("silent").asBoolean(false);
      if (good && !silent && asked.path("action").asText("").equals("Present")) {
        dns.add(asked.path("resolvedFQDN").asText(""), asked.path("key").asText(""));
      }
      return HttpResponse.of(201, "application/json", Json.bytes(payload));
    } catch (IOException | MalformedJsonException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void secret(String name, String data) throws Exception {
    cluster.create(
        Resources.SECRETS,
        TestCluster.object(
            "{apiVersion: v1, kind: Secret, metadata: {name: %s}, stringData: {%s}}"
                .formatted(name, data)));
  }

  /// An issuer at the test's server.
  private static void issue(String name, String more) throws Exception {
    issue(name, acme.directory(), more);
  }

  private static void issue(String name, String server, String more) throws Exception {
    cluster.create(
        Resources.ISSUERS,
        issuer(
            name,
            "acme: {server: '%s', privateKeySecretRef: {name: %s-account}, %s}"
                .formatted(server, name, more)));
  }

  private static Conditions.Condition condition(String issuer) {
    return Conditions.find(cluster.get(Resources.ISSUERS, issuer), Conditions.READY)
        .orElse(new Conditions.Condition("", "", "", Instant.EPOCH));
  }

  private static void ready(String issuer) throws Exception {
    eventually(issuer + " is ready", () -> condition(issuer).isTrue());
  }

  private static void awaitIssuer(String issuer, String reason) throws Exception {
    try {
      eventually(issuer + " says " + reason, () -> condition(issuer).reason().equals(reason));
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + ": " + condition(issuer), e);
    }
  }

  private static ApiObject certify(String name, String issuer, String spec) throws Exception {
    return cluster.create(
        Resources.CERTIFICATES,
        certificate(name, "issuerRef: {name: %s}, %s".formatted(issuer, spec)));
  }

  private static List<ApiObject> of(GroupVersionResource resource, String certificate) {
    return cluster.client.listAll(resource, "default", ListOptions.ALL).items().stream()
        .filter(o -> o.name().startsWith(certificate + "-"))
        .toList();
  }

  private static ApiObject order(String certificate) throws Exception {
    eventually(certificate + " has an order", () -> !of(Resources.ORDERS, certificate).isEmpty());
    return of(Resources.ORDERS, certificate).getFirst();
  }

  private static String state(ApiObject object) {
    return object.json().at("/status/state").asText("");
  }

  private static String reason(ApiObject object) {
    return object.json().at("/status/reason").asText("");
  }

  private static void awaitFailure(String certificate) throws Exception {
    cluster.awaitReason(certificate, Conditions.ISSUING, "Failed");
  }

  @Test
  @Tag("CM-28")
  void makesAKeyAndRegistersAnAccount() throws Exception {
    issue("fresh", "email: Ops@Example.test");
    ready("fresh");
    ApiObject secret = cluster.secret("fresh-account");
    String pem = SecretData.text(secret, SecretData.KEY);
    assertThat(pem).startsWith("-----BEGIN RSA PRIVATE KEY-----");
    assertThat(PrivateKeys.parse(pem).getPublic().getAlgorithm()).isEqualTo("RSA");
    assertThat(secret.labels()).containsEntry("app.kubernetes.io/managed-by", "cert-manager");
    ApiObject issuer = cluster.get(Resources.ISSUERS, "fresh");
    assertThat(condition("fresh").reason()).isEqualTo("ACMEAccountRegistered");
    assertThat(issuer.json().at("/status/acme/uri").asText()).contains("/account/");
    assertThat(issuer.json().at("/status/acme/lastRegisteredEmail").asText())
        .isEqualTo("Ops@Example.test");
    assertThat(issuer.json().at("/status/acme/lastPrivateKeyHash").asText()).hasSize(44);

    String uri = issuer.json().at("/status/acme/uri").asText();
    cluster.change(
        Resources.ISSUERS,
        "fresh",
        json -> ((ObjectNode) json.at("/spec/acme")).put("email", "new@example.test"));
    eventually(
        "the address is changed",
        () ->
            cluster
                .get(Resources.ISSUERS, "fresh")
                .json()
                .at("/status/acme/lastRegisteredEmail")
                .asText()
                .equals("new@example.test"));
    assertThat(cluster.get(Resources.ISSUERS, "fresh").json().at("/status/acme/uri").asText())
        .isEqualTo(uri);
    assertThat(acme.contacts()).contains("mailto:new@example.test").doesNotContain("Ops");
    assertThat(SecretData.text(cluster.secret("fresh-account"), SecretData.KEY)).isEqualTo(pem);
  }

  @Test
  @Tag("CM-28")
  void leavesKeysAloneThatItCannotUse() throws Exception {
    secret("broken-account", "tls.key: nonsense");
    issue("broken", "email: a@example.test");
    awaitIssuer("broken", "ErrVerifyACMEAccount");
    assertThat(condition("broken").message()).contains("broken-account").doesNotContain("nonsense");
    assertThat(SecretData.text(cluster.secret("broken-account"), SecretData.KEY))
        .isEqualTo("nonsense");

    issue("keyless", "disableAccountKeyGeneration: true");
    awaitIssuer("keyless", "ErrVerifyACMEAccount");
    assertThat(cluster.client.find(Resources.SECRETS, "default", "keyless-account")).isEmpty();
    secret(
        "keyless-account",
        "tls.key: "
            + Json.text(
                Json.object()
                    .textNode(SecretData.text(cluster.secret("http-account"), "tls.key"))));
    ready("keyless");
  }

  @Test
  @Tag("CM-28")
  void bindsAccounts() throws Exception {
    try (var strict = new TestAcmeServer(web.getAddress().getPort(), dns)) {
      strict.bindingRequired = true;
      issue("unbound", strict.directory(), "email: a@example.test");
      awaitIssuer("unbound", "ErrRegisterACMEAccount");
      assertThat(condition("unbound").message()).contains("externalAccountRequired");
      secret("binding", "key: " + TestAcmeServer.BINDING_KEY);
      issue(
          "bound",
          strict.directory(),
          "externalAccountBinding: {keyID: customer-1, keySecretRef: {name: binding, key: key}}");
      ready("bound");
      assertThat(strict.accounts()).isEqualTo(1);
    }
  }

  @Test
  @Tag("CM-28")
  void saysWhyAServerCannotBeUsed() throws Exception {
    issue("nowhere", "http://127.0.0.1:1/directory", "email: a@example.test");
    issue("odd", "ftp://example.test", "email: a@example.test");
    issue(
        "no-acme",
        "http://127.0.0.1:" + web.getAddress().getPort() + "/directory",
        "email: a@example.test");
    issue("unserved", "solvers: [{dns01: {digitalocean: {tokenSecretRef: {name: x, key: y}}}}]");
    issue("secretless", "solvers: [{dns01: {cloudflare: {apiTokenSecretRef: {name: x, key: y}}}}]");
    awaitIssuer("nowhere", "ErrRegisterACMEAccount");
    assertThat(condition("nowhere").message()).contains("not reached");
    awaitIssuer("odd", "InvalidURL");
    awaitIssuer("no-acme", "ErrRegisterACMEAccount");
    assertThat(condition("no-acme").message()).contains("404");
    awaitIssuer("unserved", "InvalidSolver");
    assertThat(condition("unserved").message()).contains("spec.acme.solvers[0]", "not this one");
    awaitIssuer("secretless", "InvalidSolver");
    secret("x", "y: token");
    ready("secretless");
  }

  @Test
  @Tag("CM-28")
  void asksALimitingServerNoSoonerThanItWants() throws Exception {
    acme.fail(new TestAcmeServer.Fault("/new-account", 429, "rateLimited", "3600"));
    issue("limited", "email: a@example.test");
    awaitIssuer("limited", "ErrRegisterACMEAccount");
    assertThat(condition("limited").message()).contains("as the test wants it");
    long before = acme.calls.stream().filter(c -> c.equals("/new-account")).count();
    for (int i = 0; i < 5; i++) { // something else about it changes
      String value = "v" + i;
      cluster.change(
          Resources.ISSUERS,
          "limited",
          json -> ((ObjectNode) json.path("metadata")).putObject("labels").put("x", value));
      eventually(
          "the change was seen",
          () -> cluster.get(Resources.ISSUERS, "limited").labels().containsValue(value));
    }
    assertThat(acme.calls.stream().filter(c -> c.equals("/new-account")).count())
        .as("calls besides those of other tests")
        .isLessThan(before + 5);
    assertThat(condition("limited").isTrue()).isFalse();
  }

  @Test
  @Tag("CM-29")
  @Tag("CM-31")
  @Tag("S28")
  void provesNamesOverHttp() throws Exception {
    ApiObject asked =
        certificate(
            "web",
            "commonName: localhost, dnsNames: [localhost], ipAddresses: [127.0.0.1], duration: 2h,"
                + " issuerRef: {name: http}");
    asked.setLabels(Map.of("team", "garden"));
    cluster.create(Resources.CERTIFICATES, asked);
    cluster.issued("web", 1);
    List<X509Certificate> chain =
        Pem.certificates(SecretData.text(cluster.secret("web-tls"), SecretData.CERTIFICATE));
    assertThat(chain).hasSize(2);
    chain.getFirst().verify(chain.getLast().getPublicKey());
    assertThat(SecretData.text(cluster.secret("web-tls"), SecretData.CA)).isEmpty();
    ApiObject order = order("web");
    assertThat(state(order)).isEqualTo("valid");
    assertThat(order.labels()).containsEntry("team", "garden");
    assertThat(order.annotations()).containsEntry("cert-manager.io/certificate-name", "web");
    assertThat(order.ownerReferences().getFirst().kind()).isEqualTo("CertificateRequest");
    assertThat(order.json().path("spec").has("duration")).isFalse();
    eventually("challenges are cleared up", () -> of(Resources.CHALLENGES, "web").isEmpty());
    for (JsonNode authorization : order.json().at("/status/authorizations")) {
      String token = authorization.at("/challenges/0/token").asText();
      assertThat(token).isNotEmpty();
      assertThat(TOKENS.answer(token)).isEmpty();
    }
    assertThat(cluster.hasEvent(order.name(), "Complete")).isTrue();
  }

  @Test
  @Tag("CM-29")
  void tellsTheServerWhichCertificateIsReplaced() throws Exception {
    certify("again", "http", "dnsNames: [localhost]");
    cluster.issued("again", 1);
    cluster.renew("again");
    cluster.issued("again", 2);
    assertThat(acme.wanted.stream().filter(w -> w.path("replaces").asText("").contains(".")))
        .isNotEmpty();
  }

  @Test
  @Tag("CM-16")
  void renewsWhenTheServerWantsItTo() throws Exception {
    certify("advised", "http", "dnsNames: [localhost]");
    cluster.issued("advised", 1);
    TestAcmeServer.Advice advice = acme.advice;
    eventually(
        "the server's time counts",
        () -> {
          Instant renewal =
              Conditions.time(cluster.certificate("advised").json().at("/status/renewalTime"))
                  .orElse(Instant.EPOCH);
          return renewal.isAfter(advice.start().minusSeconds(1))
              && renewal.isBefore(advice.end().plusSeconds(1));
        });
    JsonNode noted = cluster.certificate("advised").json().at("/status/acme/ari");
    assertThat(noted.path("explanationURL").asText()).endsWith("/explained");
    Instant asked = Conditions.time(noted.path("lastChecked")).orElseThrow();
    assertThat(Conditions.time(noted.path("nextCheck")).orElseThrow())
        .isBetween(asked.plus(Duration.ofMinutes(119)), asked.plus(Duration.ofMinutes(121)));

    cluster.change(
        Resources.ISSUERS,
        "http",
        i -> i.withObject("/spec/acme").put("renewalInformationSource", "None"));
    eventually(
        "the issuer's owner knows better",
        () -> {
          // as the next look would be in an hour
          cluster.change(
              Resources.CERTIFICATES,
              "advised",
              c ->
                  c.withObject("/metadata/annotations")
                      .put("look", Long.toString(System.nanoTime())));
          return !cluster.certificate("advised").json().path("status").has("acme");
        });
    cluster.change(
        Resources.ISSUERS,
        "http",
        i -> i.withObject("/spec/acme").put("renewalInformationSource", "ARI"));
  }

  @Test
  @Tag("CM-29")
  void refusesACommonNameThatIsNotProved() throws Exception {
    certify("odd-name", "http", "commonName: Our Garden, dnsNames: [localhost]");
    awaitFailure("odd-name");
    assertThat(cluster.hasEvent("odd-name-1", "InvalidOrder")).isTrue();
    assertThat(of(Resources.ORDERS, "odd-name")).isEmpty();
  }

  @Test
  @Tag("CM-31")
  void provesNamesInDns() throws Exception {
    dns.alias("_acme-challenge.moved.example.test.", "elsewhere.example.test.");
    certify("wild", "dns", "dnsNames: ['*.example.test', example.test, moved.example.test]");
    cluster.issued("wild", 1);
    eventually("challenges are cleared up", () -> of(Resources.CHALLENGES, "wild").isEmpty());
    assertThat(dns.texts("_acme-challenge.example.test.")).isEmpty();
    assertThat(dns.texts("elsewhere.example.test.")).isEmpty();
    assertThat(dns.updates()).contains("elsewhere.example.test.");
  }

  @Test
  @Tag("CM-31")
  void provesNamesThroughAWebhook() throws Exception {
    String hook =
        "solvers: [{dns01: {nameservers: ['%s'], webhook: {groupName: %s, solverName: garden,"
            + " config: {good: %s}}}}]";
    issue("hook", hook.formatted(dns.server(), GROUP, true));
    issue("bad-hook", hook.formatted(dns.server(), GROUP, false));
    ready("hook");
    certify("hooked", "hook", "dnsNames: [hooked.example.test]");
    cluster.issued("hooked", 1);
    JsonNode asked =
        HOOKED.stream()
            .map(p -> p.path("request"))
            .filter(r -> r.path("dnsName").asText().equals("hooked.example.test"))
            .findFirst()
            .orElseThrow();
    assertThat(asked.path("action").asText()).isEqualTo("Present");
    assertThat(asked.path("type").asText()).isEqualTo("dns-01");
    assertThat(asked.path("resolvedFQDN").asText())
        .isEqualTo("_acme-challenge.hooked.example.test.");
    assertThat(asked.path("resolvedZone").asText()).isEqualTo("example.test.");
    assertThat(asked.path("resourceNamespace").asText()).isEqualTo("default");
    eventually(
        "the record is removed",
        () ->
            HOOKED.stream()
                .anyMatch(p ->
                    p.at("/request/action").asText().equals("CleanUp")
                        && p.at("/request/dnsName").asText().equals("hooked.example.test")));
    certify("unhooked", "bad-hook", "dnsNames: [unhooked.example.test]");
    eventually(
        "the challenge says why",
        () ->
            of(Resources.CHALLENGES, "unhooked").stream()
                .anyMatch(c -> reason(c).contains("the test wants no record")));
  }

  @Test
  @Tag("CM-31")
  void failsWhenAChallengeIsRejected() throws Exception {
    issue(
        "hasty",
        "solvers: [{waitInsteadOfSelfCheck: 0s, dns01: {nameservers: ['%s'], webhook: {groupName: %s,"
                .formatted(dns.server(), GROUP)
            + " solverName: garden, config: {good: true, silent: true}}}}]");
    ready("hasty");
    certify("rejected", "hasty", "dnsNames: [rejected.example.test]");
    awaitFailure("rejected");
    ApiObject order = order("rejected");
    assertThat(state(order)).isEqualTo("invalid");
    assertThat(reason(order)).contains("the answer for rejected.example.test is wrong");
    ApiObject challenge = of(Resources.CHALLENGES, "rejected").getFirst();
    assertThat(state(challenge)).isEqualTo("invalid");
    eventually(
        "the challenge is cleared up",
        () ->
            !cluster
                .get(Resources.CHALLENGES, challenge.name())
                .json()
                .at("/status/processing")
                .asBoolean());
    assertThat(cluster.hasEvent(challenge.name(), "Failed")).isTrue();
    assertThat(cluster.client.find(Resources.SECRETS, "default", "rejected-tls")).isEmpty();
  }

  @Test
  @Tag("CM-30")
  void saysWhenNoSolverFits() throws Exception {
    issue("picky", "solvers: [{selector: {dnsZones: [other.test]}, http01: {ingress: {}}}]");
    ready("picky");
    certify("unfit", "picky", "dnsNames: [localhost]");
    ApiObject order = order("unfit");
    eventually(
        "the order says why",
        () -> reason(cluster.get(Resources.ORDERS, order.name())).contains("solvers fits"));
    assertThat(cluster.hasEvent(order.name(), "Solver")).isTrue();
  }

  @Test
  @Tag("CM-32")
  void takesIngressesFromAnnotations() throws Exception {
    ApiObject asked = certificate("annotated", "dnsNames: [localhost], issuerRef: {name: http}");
    asked.setAnnotations(Map.of("acme.cert-manager.io/http01-override-ingress-name", "mine"));
    cluster.create(Resources.CERTIFICATES, asked);
    eventually(
        "the challenge has it",
        () ->
            of(Resources.CHALLENGES, "annotated").stream()
                .anyMatch(
                    c -> c.json().at("/spec/solver/http01/ingress/name").asText().equals("mine")));
    ApiObject both = certificate("both", "dnsNames: [localhost], issuerRef: {name: http}");
    both.setAnnotations(
        Map.of(
            "acme.cert-manager.io/http01-override-ingress-name", "mine",
            "acme.cert-manager.io/http01-override-ingress-class", "mine"));
    cluster.create(Resources.CERTIFICATES, both);
    ApiObject order = order("both");
    eventually(
        "the order says why",
        () -> reason(cluster.get(Resources.ORDERS, order.name())).contains("only one"));
  }

  @Test
  @Tag("CM-29")
  void failsWhatTheServerRefuses() throws Exception {
    certify("forbidden", "dns", "dnsNames: [a.forbidden.test]");
    awaitFailure("forbidden");
    ApiObject order = order("forbidden");
    assertThat(state(order)).isEqualTo("errored");
    assertThat(reason(order)).contains("rejectedIdentifier", "a.forbidden.test");
    assertThat(order.json().at("/status/failureTime").asText()).isNotEmpty();
    assertThat(cluster.hasEvent("forbidden-1", "OrderFailed")).isTrue();
  }

  @Test
  @Tag("CM-29")
  void livesWithBadNoncesAndServersInTrouble() throws Exception {
    issue(
        "shaky", "preferredChain: Other Root, profile: short, solvers: [{http01: {ingress: {}}}]");
    ready("shaky");
    acme.nonceFailures.set(3);
    acme.fail(new TestAcmeServer.Fault("/finalize", 500, "serverInternal", ""));
    certify("patient", "shaky", "dnsNames: [localhost]");
    cluster.issued("patient", 1);
    assertThat(acme.refusedNonces).hasValueGreaterThanOrEqualTo(3);
    List<X509Certificate> chain =
        Pem.certificates(SecretData.text(cluster.secret("patient-tls"), SecretData.CERTIFICATE));
    assertThat(chain.getLast().getIssuerX500Principal().getName()).isEqualTo("CN=Other Root");
    assertThat(acme.wanted.stream().map(w -> w.path("profile").asText(""))).contains("short");
  }

  @Test
  @Tag("CM-29")
  void leavesALimitingServerAloneWithAnOrder() throws Exception {
    try (var busy = new TestAcmeServer(web.getAddress().getPort(), dns)) {
      issue("busy", busy.directory(), "solvers: [{http01: {ingress: {}}}]");
      ready("busy");
      busy.fail(new TestAcmeServer.Fault("/new-order", 429, "rateLimited", "3600"));
      certify("later", "busy", "dnsNames: [localhost]");
      ApiObject order = order("later");
      eventually(
          "the order says why",
          () -> reason(cluster.get(Resources.ORDERS, order.name())).contains("rateLimited"));
      cluster.changeStatus(
          Resources.ORDERS,
          order.name(),
          o -> Conditions.status(o).put("reason", "someone has written this"));
      cluster.change(
          Resources.ISSUERS,
          "busy",
          json -> ((ObjectNode) json.path("metadata")).putObject("labels").put("x", "y"));
      certify("other", "busy", "dnsNames: [localhost]");
      cluster.issued("other", 1); // by when the events before have been seen
      assertThat(busy.calls.stream().filter(c -> c.equals("/new-order"))).hasSize(2);
    }
  }

  @Test
  @Tag("CM-28")
  void findsOutThatAnAccountIsGone() throws Exception {
    try (var other = new TestAcmeServer(web.getAddress().getPort(), dns)) {
      issue("lost", other.directory(), "solvers: [{http01: {ingress: {}}}]");
      ready("lost");
      String key = SecretData.text(cluster.secret("lost-account"), SecretData.KEY);
      other.forgetAccounts();
      certify("after-loss", "lost", "dnsNames: [localhost]");
      cluster.issued("after-loss", 1); // with a new account for the same key
      other.deactivateAccounts();
      certify("after-lock", "lost", "dnsNames: [localhost]");
      awaitIssuer("lost", "ErrRegisterACMEAccount");
      assertThat(condition("lost").message()).contains("the account is deactivated");
      assertThat(SecretData.text(cluster.secret("lost-account"), SecretData.KEY)).isEqualTo(key);
      ApiObject order = order("after-lock");
      eventually(
          "the order says why",
          () -> !reason(cluster.get(Resources.ORDERS, order.name())).isEmpty());
      assertThat(state(order)).isNotEqualTo("valid");
    }
  }

  @Test
  @Tag("CM-31")
  void provesNothingForOtherAccounts() throws Exception {
    ApiObject foreign =
        TestCluster.object(
            """
            apiVersion: acme.cert-manager.io/v1
            kind: Challenge
            metadata: {name: foreign}
            spec:
              {authorizationURL: '%s/x', url: '%s/y', dnsName: localhost, token: abc,
              key: abc.someone-else, type: HTTP-01, issuerRef: {name: http},
              solver: {http01: {ingress: {}}}}
            """
                .formatted(acme.directory(), acme.directory()));
    cluster.create(Resources.CHALLENGES, foreign);
    eventually(
        "it is refused",
        () -> state(cluster.get(Resources.CHALLENGES, "foreign")).equals("errored"));
    assertThat(TOKENS.answer("abc")).isEmpty();
    cluster.client.delete(Resources.CHALLENGES, "default", "foreign", DeleteOptions.DEFAULT);
    eventually(
        "it is gone",
        () -> cluster.client.find(Resources.CHALLENGES, "default", "foreign").isEmpty());
  }

  private static boolean processing(ApiObject challenge) {
    return challenge.json().at("/status/processing").asBoolean();
  }

  private static List<ApiObject> allProcessing() {
    return cluster.client.listAll(Resources.CHALLENGES, "default", ListOptions.ALL).items().stream()
        .filter(AcmeTest::processing)
        .toList();
  }

  private static void drop(ApiObject challenge) {
    try {
      cluster.client.delete(
          Resources.CHALLENGES, "default", challenge.name(), DeleteOptions.DEFAULT);
    } catch (StatusException e) {
      if (!Resources.notFound(e)) { // it may have been on its way already
        throw e;
      }
    }
  }

  @Test
  @Tag("CM-31")
  void worksOnSixtyChallengesAtATimeAndOneForAName() throws Exception {
    for (int i = 0; i < 63; i++) {
      String name = i < 2 ? "twin.test" : "n" + i + ".test";
      cluster.create(
          Resources.CHALLENGES,
          TestCluster.object(
              """
              apiVersion: acme.cert-manager.io/v1
              kind: Challenge
              metadata: {name: crowd-%d}
              spec:
                {authorizationURL: 'http://x', url: 'http://x', dnsName: %s, token: t, key: k,
                type: HTTP-01, issuerRef: {name: absent}, solver: {http01: {ingress: {}}}}
              """
                  .formatted(i, name)));
    }
    eventually("all slots are taken", () -> allProcessing().size() == 60);
    assertThat(
            allProcessing().stream()
                .filter(c -> c.json().at("/spec/dnsName").asText().equals("twin.test")))
        .hasSize(1);
    List<ApiObject> waiting =
        of(Resources.CHALLENGES, "crowd").stream().filter(c -> !processing(c)).toList();
    assertThat(waiting).hasSizeGreaterThanOrEqualTo(3);
    for (ApiObject crowded : of(Resources.CHALLENGES, "crowd")) {
      if (processing(crowded)) {
        drop(crowded);
      }
    }
    eventually(
        "those that waited have their turn",
        () -> of(Resources.CHALLENGES, "crowd").stream().allMatch(AcmeTest::processing));
    for (ApiObject crowded : of(Resources.CHALLENGES, "crowd")) {
      drop(crowded);
    }
    eventually("they are gone", () -> of(Resources.CHALLENGES, "crowd").isEmpty());
  }
}
