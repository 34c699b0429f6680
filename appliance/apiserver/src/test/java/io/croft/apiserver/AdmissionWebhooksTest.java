package io.croft.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.pki.Identity;
import io.croft.pki.Pem;
import io.croft.pki.Pki;
import io.croft.pki.ServerNames;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Admission webhooks, asked over real TLS.
@Timeout(120)
final class AdmissionWebhooksTest {
  private static final String MAPS = "/api/v1/namespaces/default/configmaps";
  private static final String GROUP = "/apis/admissionregistration.k8s.io/v1/";

  @TempDir Path directory;
  private TestApi api;
  private HttpsServer server;
  private String certificates = "";

  /// What each path answers: the response's fields out of the request.
  private final Map<String, UnaryOperator<ObjectNode>> answers = new ConcurrentHashMap<>();

  private final List<JsonNode> asked = new CopyOnWriteArrayList<>();

  AdmissionWebhooksTest() throws IOException {
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
  }

  @BeforeEach
  void start() throws Exception {
    Pki pki =
        Pki.open(
            directory.resolve("pki"), ServerNames.of(List.of("127.0.0.1")), InstantSource.system());
    certificates = Pem.encode(pki.serverAuthority().trusted());
    server.setHttpsConfigurator(new HttpsConfigurator(tls(pki.server())));
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::answer);
    server.start();
    api = new TestApi(directory.resolve("store"));
    for (String kind : List.of("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")) {
      standIn(kind);
    }
  }

  @AfterEach
  void stop() {
    api.close();
    server.stop(0);
  }

  /// Stands in for the built-in kind where that is not served.
  private void standIn(String kind) {
    String plural = kind.toLowerCase(Locale.ROOT) + "s";
    api.post(
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
        ("{\"metadata\":{\"name\":\"%s.admissionregistration.k8s.io\",\"annotations\":"
                + "{\"api-approved.kubernetes.io\":\"unapproved, a test\"}},\"spec\":{\"group\":"
                + "\"admissionregistration.k8s.io\",\"scope\":\"Cluster\",\"names\":{\"plural\":"
                + "\"%s\",\"kind\":\"%s\"},\"versions\":[{\"name\":\"v1\",\"served\":true,"
                + "\"storage\":true,\"schema\":{\"openAPIV3Schema\":{\"type\":\"object\","
                + "\"x-kubernetes-preserve-unknown-fields\":true}}}]}}")
            .formatted(plural, plural, kind));
  }

  private static SSLContext tls(Identity identity) throws Exception {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    keys.load(null, null);
    keys.setKeyEntry(
        "server", identity.key(), new char[0], identity.chain().toArray(X509Certificate[]::new));
    var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, new char[0]);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    return context;
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      ObjectNode review = Json.parseObject(exchange.getRequestBody().readAllBytes());
      ObjectNode request = (ObjectNode) review.path("request");
      asked.add(request);
      String path = exchange.getRequestURI().getPath();
      ObjectNode response = answers.getOrDefault(path, r -> allowed()).apply(request);
      response.set("uid", request.path("uid"));
      ObjectNode answer =
          Json.object().put("apiVersion", "admission.k8s.io/v1").put("kind", "AdmissionReview");
      answer.set("response", response);
      byte[] body = Json.bytes(answer);
      exchange.getResponseHeaders().set("content-type", "application/json");
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    } catch (MalformedJsonException e) {
      throw new IOException(e);
    }
  }

  private static ObjectNode allowed() {
    return Json.object().put("allowed", true);
  }

  private static ObjectNode patched(String patch) {
    byte[] bytes = patch.getBytes(StandardCharsets.UTF_8);
    return allowed()
        .put("patchType", "JSONPatch")
        .put("patch", Base64.getEncoder().encodeToString(bytes));
  }

  private static ObjectNode denied(String message) {
    ObjectNode response = Json.object().put("allowed", false);
    response.putObject("status").put("message", message);
    return response;
  }

  /// A webhook on configmaps.
  private String webhook(String name, String more) {
    return webhook(name, server.getAddress().getPort(), more);
  }

  private String webhook(String name, int port, String more) {
    String bundle =
        Base64.getEncoder().encodeToString(certificates.getBytes(StandardCharsets.US_ASCII));
    return ("{\"name\":\"%s.example.com\",\"clientConfig\":{\"url\":\"https://127.0.0.1:%d/%s\","
            + "\"caBundle\":\"%s\"},\"rules\":[{\"operations\":[\"CREATE\",\"UPDATE\"],"
            + "\"apiGroups\":[\"\"],\"apiVersions\":[\"v1\"],\"resources\":[\"configmaps\"]}],"
            + "\"sideEffects\":\"None\",\"admissionReviewVersions\":[\"v1\"]%s}")
        .formatted(name, port, name, bundle, more);
  }

  private void install(String plural, String... webhooks) {
    var created =
        api.post(
            GROUP + plural,
            "{\"metadata\":{\"name\":\"test-%s\"},\"webhooks\":[%s]}"
                .formatted(plural, String.join(",", webhooks)));
    assertThat(created.code()).as(created.body().toString()).isEqualTo(201);
  }

  private void mutating(String... webhooks) {
    install("mutatingwebhookconfigurations", webhooks);
  }

  private void validating(String... webhooks) {
    install("validatingwebhookconfigurations", webhooks);
  }

  private TestApi.Answer create(String name) {
    return api.post(MAPS, "{\"metadata\":{\"name\":\"%s\"},\"data\":{}}".formatted(name));
  }

  @Test
  void hasAnObjectCompletedAndStoresThat() {
    answers.put("/label", r -> patched("[{\"op\":\"add\",\"path\":\"/data/k\",\"value\":\"v\"}]"));
    mutating(webhook("label", ""));
    var created = create("a");
    assertThat(created.code()).as(created.body().toString()).isEqualTo(201);
    assertThat(created.text("data", "k")).isEqualTo("v");
    assertThat(api.get(MAPS + "/a").text("data", "k")).isEqualTo("v");

    JsonNode request = asked.getFirst();
    assertThat(request.path("operation").asText()).isEqualTo("CREATE");
    assertThat(request.path("kind").path("kind").asText()).isEqualTo("ConfigMap");
    assertThat(request.path("resource").path("resource").asText()).isEqualTo("configmaps");
    assertThat(request.path("namespace").asText()).isEqualTo("default");
    assertThat(request.path("userInfo").path("username").asText()).isEqualTo("alice");
    assertThat(request.path("object").path("metadata").path("name").asText()).isEqualTo("a");
    assertThat(request.path("oldObject").isNull()).isTrue();
  }

  @Test
  void asksAgainWhoWantsToSeeWhatOthersHaveChanged() {
    answers.put(
        "/first",
        r ->
            r.path("object").path("data").has("second")
                ? patched("[{\"op\":\"add\",\"path\":\"/data/again\",\"value\":\"yes\"}]")
                : allowed());
    answers.put(
        "/second", r -> patched("[{\"op\":\"add\",\"path\":\"/data/second\",\"value\":\"x\"}]"));
    mutating(webhook("first", ",\"reinvocationPolicy\":\"IfNeeded\""), webhook("second", ""));
    assertThat(create("a").text("data", "again")).isEqualTo("yes");
    assertThat(asked).hasSize(3);
  }

  @Test
  void refusesWhatAWebhookMakesInvalid() {
    answers.put(
        "/name",
        r ->
            patched("[{\"op\":\"replace\",\"path\":\"/metadata/name\",\"value\":\"Not a name\"}]"));
    mutating(webhook("name", ""));
    assertThat(create("a").code()).isEqualTo(422);
    assertThat(api.get(MAPS).body().path("items")).isEmpty();
  }

  @Test
  void refusesWhatAWebhookRefuses() {
    answers.put(
        "/judge",
        r -> r.path("object").path("data").has("bad") ? denied("no bad data") : allowed());
    validating(webhook("judge", ""));
    assertThat(create("a").code()).isEqualTo(201);
    var refused = api.patch(MAPS + "/a", "merge-patch", "{\"data\":{\"bad\":\"1\"}}");
    assertThat(refused.code()).isEqualTo(403);
    assertThat(refused.text("message"))
        .isEqualTo("admission webhook \"judge.example.com\" denied the request: no bad data");
    assertThat(asked.getLast().path("operation").asText()).isEqualTo("UPDATE");
    assertThat(asked.getLast().path("oldObject").path("data")).isEmpty();
    assertThat(api.get(MAPS + "/a").body().path("data")).isEmpty();
  }

  @Test
  void asksJudgesAtTheSameTime() {
    var barrier = new CyclicBarrier(2); // neither answers before both are asked
    UnaryOperator<ObjectNode> answer =
        r -> {
          try {
            barrier.await(10, TimeUnit.SECONDS);
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
          return allowed().set("warnings", Json.array().add("mind this"));
        };
    answers.put("/one", answer);
    answers.put("/two", answer);
    validating(webhook("one", ""), webhook("two", ""));
    var created = create("a");
    assertThat(created.code()).isEqualTo(201);
    assertThat(created.headers().all("warning"))
        .containsExactly("299 - \"mind this\"", "299 - \"mind this\"");
  }

  @Test
  void judgesDeletions() {
    answers.put("/keep", r -> denied("kept"));
    validating(webhook("keep", "").replace("[\"CREATE\",\"UPDATE\"]", "[\"DELETE\"]"));
    create("a");
    assertThat(api.delete(MAPS + "/a").code()).isEqualTo(403);
    assertThat(api.get(MAPS + "/a").code()).isEqualTo(200);
    assertThat(asked.getFirst().path("object").isNull()).isTrue();
    assertThat(asked.getFirst().path("oldObject").path("metadata").path("name").asText())
        .isEqualTo("a");
  }

  @Test
  void failsOrGoesOnAsTheConfigurationSays() throws IOException {
    int closed;
    try (var socket = new ServerSocket(0)) {
      closed = socket.getLocalPort();
    }
    mutating(webhook("gone", closed, ",\"failurePolicy\":\"Ignore\""));
    assertThat(create("a").code()).isEqualTo(201);
    validating(webhook("gone", closed, ",\"failurePolicy\":\"Fail\""));
    var failed = create("b");
    assertThat(failed.code()).isEqualTo(500);
    assertThat(failed.text("message")).contains("failed calling webhook \"gone.example.com\"");
    // The way out must not be blocked.
    assertThat(
            api.delete(
                    GROUP + "validatingwebhookconfigurations/test-validatingwebhookconfigurations")
                .code())
        .isEqualTo(200);
    assertThat(create("b").code()).isEqualTo(201);
  }

  @Test
  void doesNotWaitForeverForAnAnswer() {
    var end = new CountDownLatch(1);
    answers.put(
        "/slow",
        r -> {
          try {
            end.await(60, TimeUnit.SECONDS);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          return allowed();
        });
    validating(webhook("slow", ",\"timeoutSeconds\":1"));
    var failed = create("a");
    end.countDown();
    assertThat(failed.code()).isEqualTo(500);
    assertThat(failed.text("message")).contains("no answer within 1000 ms");
  }

  @Test
  void trustsNobodyButTheNamedAuthority() throws Exception {
    Pki other =
        Pki.open(
            directory.resolve("other"),
            ServerNames.of(List.of("127.0.0.1")),
            InstantSource.system());
    certificates = Pem.encode(other.serverAuthority().trusted());
    answers.put("/judge", r -> allowed());
    validating(webhook("judge", ""));
    assertThat(create("a").code()).isEqualTo(500);
    assertThat(asked).isEmpty();
  }

  @Test
  void asksOnlyAboutWhatMeetsTheConditions() {
    answers.put("/judge", r -> denied("never"));
    validating(
        webhook(
            "judge",
            ",\"matchConditions\":["
                + "{\"name\":\"not-free\",\"expression\":\"!object.metadata.name.startsWith('free')\"},{\"name\":\"user\",\"expression\":\"request.userInfo.username"
                + " == 'alice'\"}]"));
    assertThat(create("free-a").code()).isEqualTo(201);
    assertThat(asked).isEmpty();
    assertThat(create("a").code()).isEqualTo(403);
    assertThat(asked).hasSize(1);
  }

  @Test
  void refusesWhereAConditionHasNoValueUnlessFailuresAreIgnored() {
    String condition =
        ",\"matchConditions\":[{\"name\":\"c\",\"expression\":\"object.data.missing == '1'\"}]";
    answers.put("/judge", r -> denied("never"));
    validating(webhook("judge", condition));
    var refused = create("a");
    assertThat(refused.code()).isEqualTo(403);
    assertThat(refused.text("message"))
        .contains(
            "expression 'object.data.missing == '1'' resulted in error: no such key: missing");
    api.delete(GROUP + "validatingwebhookconfigurations/test-validatingwebhookconfigurations");
    validating(webhook("judge", condition + ",\"failurePolicy\":\"Ignore\""));
    assertThat(create("a").code()).isEqualTo(201);
    assertThat(asked).isEmpty();
  }

  @Test
  void refusesConditionsThatAreNone() {
    var refused =
        api.post(
            GROUP + "validatingwebhookconfigurations",
            "{\"metadata\":{\"name\":\"x\"},\"webhooks\":[%s]}"
                .formatted(
                    webhook(
                        "judge",
                        ",\"matchConditions\":[{\"name\":\"c\",\"expression\":\"nobody\"}]")));
    assertThat(refused.code()).isEqualTo(422);
    assertThat(refused.text("message"))
        .contains("webhooks[0].matchConditions[0].expression", "undeclared reference to 'nobody'");
  }

  @Test
  void asksOnlyAboutWhatIsSelected() {
    answers.put("/judge", r -> denied("never"));
    var webhooks = new ArrayList<String>();
    webhooks.add(webhook("judge", ",\"objectSelector\":{\"matchLabels\":{\"judged\":\"yes\"}}"));
    webhooks.add(webhook("judge", ",\"namespaceSelector\":{\"matchLabels\":{\"judged\":\"yes\"}}"));
    webhooks.add(webhook("judge", "").replace("\"configmaps\"", "\"configmaps/status\""));
    webhooks.add(
        webhook("judge", "").replace("\"resources\"", "\"scope\":\"Cluster\",\"resources\""));
    for (int i = 0; i < webhooks.size(); i++) {
      webhooks.set(i, webhooks.get(i).replace("judge.example.com", "judge-" + i + ".example.com"));
    }
    validating(webhooks.toArray(String[]::new));
    assertThat(create("a").code()).isEqualTo(201);
    assertThat(
            api.post(MAPS, "{\"metadata\":{\"name\":\"b\",\"labels\":{\"judged\":\"yes\"}}}")
                .code())
        .isEqualTo(403);
    api.patch(
        "/api/v1/namespaces/default",
        "merge-patch",
        "{\"metadata\":{\"labels\":{\"judged\":\"yes\"}}}");
    assertThat(create("c").code()).isEqualTo(403);
  }

  @Test
  void tellsWhatIsADryRun() {
    answers.put("/judge", r -> allowed());
    validating(webhook("judge", ""));
    String dryRun = MAPS + "?dryRun=All";
    assertThat(api.post(dryRun, "{\"metadata\":{\"name\":\"a\"}}").code()).isEqualTo(201);
    assertThat(asked.getFirst().path("dryRun").asBoolean()).isTrue();
  }
}
