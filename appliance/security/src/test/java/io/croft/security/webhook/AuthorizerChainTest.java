package io.croft.security.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.croft.base.http.Query;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.pki.Identity;
import io.croft.pki.Pem;
import io.croft.pki.Pki;
import io.croft.pki.ServerNames;
import io.croft.security.Attributes;
import io.croft.security.Authorizer;
import io.croft.security.Decision;
import io.croft.security.RequestInfo;
import io.croft.security.UserInfo;
import io.croft.security.oidc.ClaimExpressions.Expression;
import io.croft.security.oidc.ClaimExpressions.ExpressionException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("S-24")
class AuthorizerChainTest {
  private static final String ALLOW = "{\"status\":{\"allowed\":true,\"reason\":\"why not\"}}";
  private static final String DENY =
      "{\"status\":{\"allowed\":false,\"denied\":true,\"reason\":\"never\"}}";
  private static final String NONE = "{\"status\":{\"allowed\":false}}";

  /// Stands for CEL: `has FIELD`, or an expression without a value.
  private static final ReviewExpressions EXPRESSIONS =
      source -> {
        if (source.equals("nonsense")) {
          throw new ExpressionException("no such thing");
        }
        return new Expression() {
          @Override
          public boolean isBoolean() {
            return !source.equals("text");
          }

          @Override
          public boolean selects(String field) {
            return false;
          }

          @Override
          public JsonNode evaluate(ObjectNode over) throws ExpressionException {
            if (source.equals("fails")) {
              throw new ExpressionException("fails");
            }
            return BooleanNode.valueOf(over.has(source.replace("has ", "")));
          }
        };
      };

  private static Identity identity;
  private static String authority;

  @TempDir Path directory;
  private final List<ObjectNode> asked = new CopyOnWriteArrayList<>();
  private final List<String> tokens = new CopyOnWriteArrayList<>();
  private final CountDownLatch hanging = new CountDownLatch(1);
  private volatile String answer = NONE;
  private volatile int code = 201;
  private volatile boolean hangs;
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private HttpsServer server;

  @BeforeAll
  static void issue(@TempDir Path place) throws Exception {
    Pki pki = Pki.open(place, ServerNames.of(List.of("localhost")), InstantSource.system());
    identity = pki.server();
    authority = Pem.encode(pki.serverAuthority().trusted());
  }

  @BeforeEach
  void start() throws Exception {
    var store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry(
        "server", identity.key(), new char[0], identity.chain().toArray(Certificate[]::new));
    var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(store, new char[0]);
    var tls = SSLContext.getInstance("TLS");
    tls.init(managers.getKeyManagers(), null, null);
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
    server.setHttpsConfigurator(new HttpsConfigurator(tls));
    server.createContext(
        "/authorize",
        exchange -> {
          try (exchange) {
            asked.add(Json.parseObject(exchange.getRequestBody().readAllBytes()));
            tokens.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
            if (hangs) {
              hanging.await(30, TimeUnit.SECONDS);
            }
            byte[] body = answer.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(code, body.length);
            exchange.getResponseBody().write(body);
          } catch (MalformedJsonException | InterruptedException e) {
            throw new IOException(e);
          }
        });
    server.start();
  }

  @AfterEach
  void stop() {
    hanging.countDown();
    server.stop(0);
  }

  @Test
  void asksAsAnAccessReview() throws Exception {
    AuthorizerChain chain = open("");
    answer = ALLOW;
    var user =
        new UserInfo("alice", "u-1", List.of("dev"), Map.of("example.com/x", List.of("1", "2")));
    Decision decision =
        chain.authorize(
            new Attributes(user, info("GET", "/apis/apps/v1/namespaces/a/deployments/web/scale")));

    assertThat(decision).isEqualTo(Decision.allow("why not"));
    assertThat(Json.text(asked.getFirst()))
        .isEqualTo(
            "{\"apiVersion\":\"authorization.k8s.io/v1\",\"kind\":\"SubjectAccessReview\",\"metadata\":{},"
                + "\"spec\":{\"resourceAttributes\":{\"namespace\":\"a\",\"verb\":\"get\",\"group\":\"apps\","
                + "\"version\":\"v1\",\"resource\":\"deployments\",\"subresource\":\"scale\",\"name\":\"web\"},"
                + "\"user\":\"alice\",\"groups\":[\"dev\"],\"extra\":{\"example.com/x\":[\"1\",\"2\"]},\"uid\":\"u-1\"}}");
    assertThat(tokens).containsExactly("Bearer let-me-ask");

    chain.authorize(new Attributes(user, info("GET", "/metrics")));
    assertThat(Json.text(asked.get(1)))
        .contains("\"nonResourceAttributes\":{\"path\":\"/metrics\",\"verb\":\"get\"}");
    chain.stop();
  }

  @Test
  void theFirstOpinionDecides() throws Exception {
    AuthorizerChain before = open("");
    answer = DENY;
    assertThat(before.authorize(of("carol"))).isEqualTo(Decision.deny("never")); // RBAC allows her
    answer = NONE;
    assertThat(before.authorize(of("bob")).allowed()).isFalse();
    now = now.plusSeconds(60);
    assertThat(before.authorize(of("carol")).allowed()).isTrue();
    before.stop();

    AuthorizerChain after = open(configuration(""), true);
    int questions = asked.size();
    answer = DENY;
    assertThat(after.authorize(of("carol")).allowed()).isTrue();
    assertThat(asked).hasSize(questions);
    after.stop();
  }

  @Test
  void nobodyLocksTheAdministratorOut() throws Exception {
    AuthorizerChain chain = open("");
    answer = DENY;

    assertThat(
            chain
                .authorize(new Attributes(UserInfo.of("admin", UserInfo.MASTERS), pods()))
                .allowed())
        .isTrue();
    assertThat(asked).isEmpty();
    chain.stop();
  }

  @Test
  void remembersAnswersForTheirTime() throws Exception {
    AuthorizerChain chain = open("");
    answer = ALLOW;
    chain.authorize(of("alice"));
    answer = NONE;
    chain.authorize(of("bob"));
    now = now.plusSeconds(29);
    assertThat(chain.authorize(of("alice")).allowed()).isTrue();
    chain.authorize(of("bob"));
    assertThat(asked).hasSize(2);
    now = now.plusSeconds(1);
    chain.authorize(of("bob"));
    assertThat(asked).hasSize(3);
    now = now.plusSeconds(270);
    assertThat(chain.authorize(of("alice")).allowed()).isFalse();
    assertThat(asked).hasSize(4);
    chain.stop();

    AuthorizerChain forgetful =
        open("cacheAuthorizedRequests: false\n    cacheUnauthorizedRequests: false");
    forgetful.authorize(of("alice"));
    forgetful.authorize(of("alice"));
    assertThat(asked).hasSize(6);
    forgetful.stop();
  }

  @ParameterizedTest
  @ValueSource(strings = {"gone", "hangs", "500", "no JSON", "no answer", "both"})
  void goesByTheFailurePolicyWhenItCannotAsk(String failure) throws Exception {
    for (boolean deny : new boolean[] {true, false}) {
      AuthorizerChain chain =
          open(configuration("").replace("NoOpinion", deny ? "Deny" : "NoOpinion"), false);
      switch (failure) {
        case "gone" -> server.stop(0);
        case "hangs" -> hangs = true;
        case "500" -> code = 500;
        case "no JSON" -> answer = "yes";
        case "no answer" -> answer = "{\"status\":{}}";
        default -> answer = "{\"status\":{\"allowed\":true,\"denied\":true}}";
      }
      // RBAC allows her, if it is asked.
      assertThat(chain.authorize(of("carol")).allowed()).as(failure).isEqualTo(!deny);
      assertThat(chain.authorize(of("bob")).allowed()).isFalse();
      assertThat(chain.authorize(of("bob")).reason()).contains("first cannot be asked");
      chain.stop();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "has resourceAttributes, has user, true, false",
    "has resourceAttributes, has nonResourceAttributes, false, false",
    "fails, has nonResourceAttributes, false, false",
    "fails, has user, false, true"
  })
  void asksOnlyWhereAllConditionsHold(String first, String second, boolean asks, boolean fails)
      throws Exception {
    AuthorizerChain chain =
        open(
            configuration(
                    "matchConditionSubjectAccessReviewVersion: v1\n    matchConditions: [{expression: %s}, {expression: %s}]"
                        .formatted(first, second))
                .replace("NoOpinion", "Deny"),
            false);
    answer = NONE;

    assertThat(chain.authorize(of("carol")).allowed()).isEqualTo(!fails);
    assertThat(asked).hasSize(asks ? 1 : 0);
    chain.stop();
  }

  @Test
  void takesOverAChangedFile() throws Exception {
    AuthorizerChain chain = open("");
    answer = DENY;
    assertThat(chain.authorize(of("carol")).allowed()).isFalse();
    Files.writeString(
        directory.resolve("authorization.yaml"),
        "{apiVersion: apiserver.config.k8s.io/v1, kind: AuthorizationConfiguration, authorizers:"
            + " [{type: RBAC, name: rbac}]}");
    chain.reload();

    assertThat(chain.authorize(of("carol")).allowed()).isTrue();
    chain.stop();
  }

  @Test
  void namesAllThatIsWrong() {
    String yaml =
        """
        apiVersion: apiserver.config.k8s.io/v2
        kind: AuthorizationConfiguration
        authorizers:
        - type: Webhook
          name: a_b
          webhook:
            timeout: 31s
            unauthorizedTTL: soon
            failurePolicy: Allow
            subjectAccessReviewVersion: v1beta1
            connectionInfo: {type: InClusterConfig, kubeConfigFile: relative}
            matchConditions: [{expression: nonsense}, {expression: text}, {expression: ""}]
        - {type: Node, name: a_b}\
        """;

    assertThatThrownBy(() -> open(yaml, false))
        .hasMessageContainingAll(
            "apiVersion: Unsupported value",
            "authorizers[0].name: Invalid value: \"a_b\"",
            "authorizers[0].webhook.timeout: Invalid value: \"31s\"",
            "authorizers[0].webhook.unauthorizedTTL: Invalid value: \"soon\"",
            "authorizers[0].webhook.failurePolicy: Unsupported value: \"Allow\"",
            "authorizers[0].webhook.subjectAccessReviewVersion: Unsupported value: \"v1beta1\"",
            "authorizers[0].webhook.matchConditionSubjectAccessReviewVersion: Required value",
            "authorizers[0].webhook.connectionInfo.type: Unsupported value: \"InClusterConfig\"",
            "authorizers[0].webhook.connectionInfo.kubeConfigFile: Invalid value: \"relative\"",
            "authorizers[0].webhook.matchConditions[0].expression: Invalid value: \"nonsense\": no"
                + " such thing",
            "authorizers[0].webhook.matchConditions[1].expression: Invalid value: \"text\": must"
                + " evaluate to bool",
            "authorizers[0].webhook.matchConditions[2].expression: Required value",
            "authorizers[1].type: Unsupported value: \"Node\"",
            "authorizers[1].name: Duplicate value: \"a_b\"");
  }

  private AuthorizerChain open(String more) throws Exception {
    return open(configuration(more), false);
  }

  /// @param rbacFirst whether RBAC stands before the webhook
  private AuthorizerChain open(String yaml, boolean rbacFirst) throws Exception {
    Files.writeString(directory.resolve("kubeconfig"), kubeconfig());
    Path file = directory.resolve("authorization.yaml");
    String rbac = "- {type: RBAC, name: rbac}\n";
    Files.writeString(
        file,
        rbacFirst ? yaml.replace("authorizers:\n", "authorizers:\n" + rbac) : yaml + "\n" + rbac);
    Authorizer rules =
        attributes ->
            attributes.user().name().equals("carol") || attributes.user().inGroup(UserInfo.MASTERS)
                ? Decision.allow("RBAC")
                : Decision.noOpinion("");
    var chain = new AuthorizerChain(file, rules, EXPRESSIONS, () -> now);
    chain.init();
    return chain;
  }

  private String configuration(String more) {
    return """
    apiVersion: apiserver.config.k8s.io/v1
    kind: AuthorizationConfiguration
    authorizers:
    - type: Webhook
      name: first
      webhook:
        timeout: 2s
        failurePolicy: NoOpinion
        subjectAccessReviewVersion: v1
        connectionInfo: {type: KubeConfigFile, kubeConfigFile: %s}
        %s
    """
        .formatted(directory.resolve("kubeconfig"), more)
        .stripTrailing();
  }

  private String kubeconfig() {
    return """
    apiVersion: v1
    kind: Config
    current-context: webhook
    contexts: [{name: webhook, context: {cluster: authorizer, user: croft}}]
    users: [{name: croft, user: {token: let-me-ask}}]
    clusters:
    - name: authorizer
      cluster:
        server: https://localhost:%d/authorize
        certificate-authority-data: %s
    """
        .formatted(
            server.getAddress().getPort(),
            Base64.getEncoder().encodeToString(authority.getBytes(StandardCharsets.US_ASCII)));
  }

  private static Attributes of(String user) {
    return new Attributes(UserInfo.of(user), pods());
  }

  private static RequestInfo pods() {
    return info("GET", "/api/v1/namespaces/a/pods/p");
  }

  private static RequestInfo info(String method, String path) {
    return RequestInfo.parse(method, path, Query.EMPTY);
  }
}
