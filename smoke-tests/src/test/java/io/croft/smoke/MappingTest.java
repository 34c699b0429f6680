package io.croft.smoke;

import static io.croft.smoke.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/// A service behind the gateway, declared as one does for emissary and asked by curl: the life of a
/// `Mapping` and a `Host` from apply to delete.
@Tag("S1")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class MappingTest {
  private static final String HOST = RoutedSite.HOST;
  private static final int NOT_VERIFIED = 60; // curl's exit code

  private static final Appliance APPLIANCE = new Appliance();
  private static final List<String> REACHED = new CopyOnWriteArrayList<>();
  private static HttpServer service;
  private static Kubectl kubectl;
  private static String curl;
  private static String reader;
  private static String other;

  /// An answer to curl. Its code is 0 when there is none.
  private record Answer(int exit, int code, String body) {
    JsonNode json() throws IOException {
      return Api.MAPPER.readTree(body);
    }
  }

  @BeforeAll
  static void declare() throws Exception {
    String openssl = Distribution.peer("openssl");
    curl = Distribution.peer("curl");
    RoutedSite.allow(APPLIANCE);
    APPLIANCE.start();
    APPLIANCE.identity(); // writes the kubeconfig
    kubectl = new Kubectl(APPLIANCE);
    service = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    service.createContext("/", MappingTest::echo);
    service.start();

    RoutedSite.certify(openssl, certificate(), key());
    kubectl.text(
        "create", "secret", "tls", "quote-tls", "--cert=" + certificate(), "--key=" + key());
    kubectl.apply(
        """
        apiVersion: v1
        kind: Service
        metadata: {name: quote, namespace: default}
        spec: {type: ExternalName, externalName: localhost}
        ---
        apiVersion: gateway.croft.io/v1alpha1
        kind: RouteAccess
        metadata: {name: quotes, namespace: default}
        spec: {permission: {resourceAttributes: {group: example.com, resource: quotes, namespace: default, verb: get}}}
        """);
    reader = token("reader");
    other = token("other");
    kubectl.text("create", "role", "quotes", "--verb=get", "--resource=pods");
    // kubectl itself knows only resources that are served.
    kubectl.text(
        "patch",
        "role",
        "quotes",
        "--type=merge",
        "-p",
        "{\"rules\":[{\"apiGroups\":[\"example.com\"],\"resources\":[\"quotes\"],\"verbs\":[\"get\"]}]}");
    kubectl.text(
        "create", "rolebinding", "quotes", "--role=quotes", "--serviceaccount=default:reader");
  }

  @AfterAll
  static void stop() throws IOException {
    if (service != null) {
      service.stop(0);
    }
    APPLIANCE.close();
  }

  private static Path certificate() {
    return APPLIANCE.directory().resolve("quote.crt");
  }

  private static Path key() {
    return APPLIANCE.directory().resolve("quote.key");
  }

  private static String token(String account) {
    kubectl.text("create", "serviceaccount", account);
    return kubectl.text("create", "token", account);
  }

  private static void echo(HttpExchange exchange) throws IOException {
    try (exchange) {
      String line =
          String.join(
              " ",
              exchange.getRequestMethod(),
              exchange.getRequestURI().toString(),
              String.valueOf(exchange.getRequestHeaders().getFirst("X-Remote-User")),
              String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")),
              String.valueOf(exchange.getRequestHeaders().getFirst("X-Tier")));
      REACHED.add(line);
      byte[] body = line.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  /// @param more the mapping's other fields
  private static String mapping(String name, String more) {
    return """
    apiVersion: getambassador.io/v3alpha1
    kind: Mapping
    metadata:
      name: %s
      namespace: default
      labels: {tier: front}
      annotations: {gateway.croft.io/access: quotes}
    spec: {hostname: %s, service: "quote:%d", %s}
    """
        .formatted(name, HOST, service.getAddress().getPort(), more);
  }

  private static void awaitState(String object, String state) {
    kubectl.text("wait", object, "--for=jsonpath={.status.state}=" + state, "--timeout=60s");
  }

  /// Trusts the site's own certificate and no other.
  private static Answer ask(String path, String token) {
    Command command =
        Command.of(
            curl,
            "--silent",
            "--max-time",
            "60",
            "--noproxy",
            "*",
            "--cacert",
            certificate().toString(),
            "--resolve",
            HOST + ":" + APPLIANCE.port() + ":127.0.0.1",
            "--config",
            "-",
            "--write-out",
            "\n%{http_code}",
            "https://" + HOST + ":" + APPLIANCE.port() + path);
    Command.Output output =
        (token.isEmpty()
                ? command
                : command.reading("header = \"Authorization: Bearer " + token + "\"\n"))
            .run();
    int end = output.out().lastIndexOf('\n');
    return new Answer(
        output.exit(),
        Integer.parseInt(output.out().substring(end + 1)),
        output.out().substring(0, Math.max(0, end)));
  }

  @Test
  @Order(1)
  void isUnknownBeforeItIsDeclared() {
    assertThat(ask("/backend/1", reader).exit()).isEqualTo(NOT_VERIFIED);
  }

  @Test
  @Order(2)
  void aHostShowsItsCertificateAndAMappingLeadsToTheService() throws Exception {
    kubectl.apply(
        """
        apiVersion: getambassador.io/v3alpha1
        kind: Host
        metadata: {name: quotes, namespace: default}
        spec:
          hostname: %s
          tlsSecret: {name: quote-tls}
          mappingSelector: {matchLabels: {tier: front}}
        """
            .formatted(HOST));
    kubectl.apply(
        mapping("quote", "prefix: /backend/, add_request_headers: {x-tier: {value: gold}}"));
    awaitState("host.getambassador.io/quotes", "Ready");
    awaitState("mapping/quote", "Running");

    eventually("it is served", () -> ask("/backend/1", reader).code() == 200);
    assertThat(ask("/backend/a%20b?c=d", reader).body())
        .isEqualTo("GET /a%20b?c=d system:serviceaccount:default:reader null gold");
  }

  @Test
  @Order(3)
  void onlyWhoHasThePermissionGetsThrough() throws Exception {
    int before = REACHED.size();

    Answer stranger = ask("/backend/1", "");
    assertThat(stranger.code()).isEqualTo(401);
    assertThat(stranger.json().path("reason").asText()).isEqualTo("Unauthorized");
    Answer forged = ask("/backend/1", "nobody-knows-this");
    assertThat(forged.code()).isEqualTo(401);
    Answer powerless = ask("/backend/1", other);
    assertThat(powerless.code()).isEqualTo(403);
    assertThat(powerless.json().path("kind").asText()).isEqualTo("Status");
    assertThat(powerless.json().path("message").asText())
        .contains("system:serviceaccount:default:other", "quotes");
    assertThat(REACHED).hasSize(before);

    kubectl.text("delete", "rolebinding", "quotes");
    eventually("the right is gone", () -> ask("/backend/1", reader).code() == 403);
    kubectl.text(
        "create", "rolebinding", "quotes", "--role=quotes", "--serviceaccount=default:reader");
    eventually("and is back", () -> ask("/backend/1", reader).code() == 200);
  }

  @Test
  @Order(4)
  void aChangeOfTheMappingCountsAtOnce() throws Exception {
    kubectl.apply(mapping("quote", "prefix: /backend/, rewrite: /v2/quotes/"));

    eventually(
        "it is written anew",
        () -> ask("/backend/1", reader).body().startsWith("GET /v2/quotes/1 "));
    assertThat(ask("/backend/1", reader).body()).endsWith(" null");
  }

  @Test
  @Order(5)
  void whatCannotBeFollowedSaysSoInItsStatus() {
    kubectl.apply(mapping("lenient", "prefix: /lenient/, bypass_auth: true"));
    kubectl.apply(mapping("elsewhere", "prefix: /elsewhere/").replace("tier: front", "tier: back"));
    kubectl.apply(mapping("twice", "prefix: /backend/, rewrite: /v3/"));
    for (String name : List.of("lenient", "elsewhere", "twice")) {
      awaitState("mapping/" + name, "Inactive");
    }

    assertThat(reason("lenient")).contains("spec.bypass_auth");
    assertThat(reason("elsewhere")).contains("no Host fits");
    assertThat(reason("twice")).contains("already served by default/quote");
    assertThat(ask("/lenient/1", reader).code()).isEqualTo(403); // a path of no route
    assertThat(ask("/elsewhere/1", reader).code()).isEqualTo(403);
    assertThat(ask("/backend/1", reader).body()).startsWith("GET /v2/quotes/1 ");
  }

  private static String reason(String mapping) {
    return kubectl.text("get", "mapping", mapping, "-o", "jsonpath={.status.reason}");
  }

  @Test
  @Order(6)
  void nothingIsLeftOfWhatIsDeleted() throws Exception {
    kubectl.text("delete", "mapping", "--all");
    eventually("it is served no more", () -> ask("/backend/1", reader).code() != 200);
    int before = REACHED.size();
    assertThat(ask("/backend/1", reader).code()).isEqualTo(403);
    assertThat(ask("/backend/1", "").code()).isEqualTo(401);
    assertThat(REACHED).hasSize(before);

    kubectl.text("delete", "host.getambassador.io", "quotes");
    eventually(
        "its certificate is shown no more", () -> ask("/backend/1", reader).exit() == NOT_VERIFIED);
  }
}
