package io.croft.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.base.http.Peer;
import io.croft.base.http.Query;
import io.croft.base.http.RequestBody;
import io.croft.model.Json;
import io.croft.pki.FrontProxy;
import io.croft.pki.Pem;
import io.croft.pki.Pki;
import io.croft.security.UserInfo;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// An API that another server serves, over real TLS with client certificates.
@Timeout(120)
final class AggregationTest {
  private static final String SERVICES = "/apis/apiregistration.k8s.io/v1/apiservices";
  private static final String SERVICE = SERVICES + "/v1.flowers.example.com";
  private static final String API = "/apis/flowers.example.com/v1";
  private static final String FLOWERS = API + "/namespaces/default/flowers";

  @TempDir Path directory;
  private TestControlPlane plane;
  private TestApi api;
  private StandInServer server;
  private final List<Asked> asked = new CopyOnWriteArrayList<>();
  private final CountDownLatch second = new CountDownLatch(1);
  private volatile boolean broken;
  private volatile boolean documented = true;

  private record Asked(String method, String target, Headers headers, String body) {}

  @BeforeEach
  void start() throws Exception {
    plane = new TestControlPlane(directory);
    api = plane.api;
    server =
        new StandInServer(
            directory, Pem.encode(plane.frontProxy.authority().trusted()), this::answer);
    server.beAService(api);
  }

  @AfterEach
  void stop() {
    second.countDown();
    plane.close();
    server.close();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      String target = exchange.getRequestURI().toString();
      asked.add(new Asked(exchange.getRequestMethod(), target, exchange.getRequestHeaders(), body));
      exchange.getResponseHeaders().set("content-type", "application/json");
      if (target.equals(API)) {
        send(
            exchange,
            broken ? 500 : 200,
            "{\"kind\":\"APIResourceList\",\"apiVersion\":\"v1\",\"groupVersion\":"
                + "\"flowers.example.com/v1\",\"resources\":[{\"name\":\"flowers\","
                + "\"singularName\":\"flower\",\"namespaced\":true,\"kind\":\"Flower\",\"verbs\":"
                + "[\"create\",\"get\",\"list\",\"watch\"],\"shortNames\":[\"fl\"]},"
                + "{\"name\":\"flowers/scent\",\"singularName\":\"\",\"namespaced\":true,"
                + "\"kind\":\"Scent\",\"verbs\":[\"get\"]}]}");
      } else if (target.equals("/openapi/v3")) {
        send(
            exchange,
            documented ? 200 : 500,
            "{\"paths\":{\"apis/flowers.example.com/v1\":{\"serverRelativeURL\":"
                + "\"/openapi/v3/apis/flowers.example.com/v1?hash=A%2FB\"}}}");
      } else if (target.startsWith("/openapi/v3/")) {
        send(exchange, 200, "{\"openapi\":\"3.0.0\",\"info\":{\"title\":\"flowers\"}}");
      } else if (target.contains("watch=")) {
        exchange.sendResponseHeaders(200, 0);
        var out = exchange.getResponseBody();
        out.write(event("rose"));
        out.flush();
        second.await(30, TimeUnit.SECONDS);
        out.write(event("lily"));
      } else if (exchange.getRequestMethod().equals("POST")) {
        send(exchange, 201, body);
      } else {
        exchange.getResponseHeaders().set("warning", "299 - \"thorns\"");
        send(exchange, 404, "{\"kind\":\"Status\",\"message\":\"no such flower\"}");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static byte[] event(String name) {
    return ("{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"" + name + "\"}}}\n")
        .getBytes(StandardCharsets.UTF_8);
  }

  private static void send(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  private void register(String trust) {
    register("standin", server.port(), trust);
  }

  private void register(String service, int port, String trust) {
    var created =
        api.post(
            SERVICES,
            ("{\"metadata\":{\"name\":\"v1.flowers.example.com\"},\"spec\":{\"group\":"
                    + "\"flowers.example.com\",\"version\":\"v1\",\"groupPriorityMinimum\":100,"
                    + "\"versionPriority\":10,\"service\":{\"namespace\":\"default\",\"name\":"
                    + "\"%s\",\"port\":%d}%s}}")
                .formatted(service, port, trust));
    assertThat(created.code()).as(created.body().toString()).isEqualTo(201);
  }

  private String trusted() {
    return ",\"caBundle\":\"" + server.caBundle() + "\"";
  }

  private JsonNode condition() {
    return api.get(SERVICE).body().at("/status/conditions/0");
  }

  private void eventually(String status, String reason) throws Exception {
    TestControlPlane.eventually(
        "the API service is " + status + " because of " + reason + ", not " + condition(),
        () ->
            condition().path("status").asText().equals(status)
                && condition().path("reason").asText().equals(reason)
                && api.get(API).code() == (status.equals("True") ? 200 : 503));
  }

  /// The first request that was handed on; this server itself looks at the API every now and then.
  private Asked firstAsked() {
    return asked.stream().filter(a -> a.target().startsWith(FLOWERS)).findFirst().orElseThrow();
  }

  @Test
  void handsRequestsOnAndSaysWhoAsks() throws Exception {
    register(trusted());
    eventually("True", "Passed");
    var created =
        api.call(
            "POST",
            FLOWERS + "?fieldManager=me%20too",
            "application/json",
            "{\"metadata\":{\"name\":\"rose\"}}",
            "x-remote-user",
            "system:admin",
            "X-Remote-Group",
            "system:masters",
            "authorization",
            "Bearer secret");
    assertThat(created.code()).isEqualTo(201);
    assertThat(created.text("metadata", "name")).isEqualTo("rose");
    Asked request = firstAsked();
    assertThat(request.target()).isEqualTo(FLOWERS + "?fieldManager=me+too");
    assertThat(request.headers().get("X-Remote-User")).containsExactly("alice");
    assertThat(request.headers().get("X-Remote-Group")).containsExactly("system:authenticated");
    assertThat(request.headers().containsKey("Authorization")).isFalse();
    assertThat(request.headers().getFirst("Content-Type")).isEqualTo("application/json");

    var missing = api.get(FLOWERS + "/lily");
    assertThat(missing.code()).isEqualTo(404);
    assertThat(missing.text("message")).isEqualTo("no such flower");
    assertThat(missing.headers().first("warning")).contains("299 - \"thorns\"");
  }

  @Test
  void passesOnWhatElseIsKnownOfTheUser() throws Exception {
    register(trusted());
    eventually("True", "Passed");
    var user =
        new UserInfo(
            "bob", "u-1", List.of("a", "b"), Map.of("Example.com/Team Color", List.of("x", "y")));
    HttpResponse response =
        plane
            .chain
            .as(user)
            .handle(
                new HttpRequest(
                    "GET",
                    FLOWERS,
                    Query.EMPTY,
                    io.croft.base.http.Headers.EMPTY,
                    RequestBody.EMPTY,
                    Peer.IN_PROCESS));
    assertThat(response.status()).isEqualTo(404);
    Headers headers = firstAsked().headers();
    assertThat(headers.get("X-Remote-User")).containsExactly("bob");
    assertThat(headers.get("X-Remote-Uid")).containsExactly("u-1");
    assertThat(headers.get("X-Remote-Group")).containsExactly("a", "b");
    assertThat(headers.get("X-Remote-Extra-example.com%2Fteam%20color")).containsExactly("x", "y");
  }

  @Test
  void streamsAWatch() throws Exception {
    register(trusted());
    eventually("True", "Passed");
    try (var watch = api.watch(FLOWERS + "?watch=1")) {
      assertThat(watch.next()).isEqualTo("ADDED rose"); // before the answer is complete
      second.countDown();
      assertThat(watch.next()).isEqualTo("ADDED lily");
      assertThat(watch.ends()).isTrue();
    }
  }

  @Test
  void tellsOfItInDiscovery() throws Exception {
    assertThat(groups()).doesNotContain("flowers.example.com").contains("apps");
    register(trusted());
    eventually("True", "Passed");
    assertThat(groups()).contains("flowers.example.com", "apps");
    assertThat(api.get("/apis/flowers.example.com").body().at("/preferredVersion/version").asText())
        .isEqualTo("v1");
    assertThat(api.get(API).body().at("/resources/0/name").asText()).isEqualTo("flowers");

    JsonNode all =
        api.get(
                "/apis",
                "accept",
                "application/json;g=apidiscovery.k8s.io;v=v2;" + "as=APIGroupDiscoveryList")
            .body();
    JsonNode version = Json.object();
    for (JsonNode item : all.path("items")) {
      if (item.at("/metadata/name").asText().equals("flowers.example.com")) {
        version = item.at("/versions/0");
      }
    }
    assertThat(version.path("freshness").asText()).isEqualTo("Current");
    JsonNode flowers = version.at("/resources/0");
    assertThat(flowers.path("resource").asText()).isEqualTo("flowers");
    assertThat(flowers.path("scope").asText()).isEqualTo("Namespaced");
    assertThat(flowers.path("shortNames")).hasToString("[\"fl\"]");
    assertThat(flowers.at("/responseKind/group").asText()).isEqualTo("flowers.example.com");
    assertThat(flowers.at("/subresources/0/subresource").asText()).isEqualTo("scent");

    api.delete(SERVICE);
    assertThat(groups()).doesNotContain("flowers.example.com");
    assertThat(api.get(API).code()).isEqualTo(404);
  }

  private JsonNode documents() {
    return api.get("/openapi/v3").body().path("paths");
  }

  @Test
  void tellsWhereItsOpenApiDocumentIs() throws Exception {
    String place = "apis/flowers.example.com/v1";
    register(trusted());
    eventually("True", "Passed");
    assertThat(documents().path(place).path("serverRelativeURL").asText())
        .isEqualTo("/openapi/v3/" + place + "?hash=A%2FB");
    assertThat(documents().has("apis/apps/v1")).isTrue();
    var document = api.get("/openapi/v3/" + place + "?hash=A%2FB");
    assertThat(document.body().at("/info/title").asText()).isEqualTo("flowers");
    assertThat(asked).anyMatch(a -> a.target().equals("/openapi/v3/" + place + "?hash=A%2FB"));

    // A server that does not answer is not in the index, and this one's own documents are.
    broken = true;
    api.patch(SERVICE, "merge-patch", "{\"metadata\":{\"labels\":{\"look\":\"again\"}}}");
    eventually("False", "FailedDiscoveryCheck");
    assertThat(documents().has(place)).isFalse();
    assertThat(documents().has("apis/apps/v1")).isTrue();
  }

  @Test
  void isAvailableWithoutAnOpenApiDocument() throws Exception {
    documented = false;
    register(trusted());
    eventually("True", "Passed");
    assertThat(documents().has("apis/flowers.example.com/v1")).isFalse();
    assertThat(documents().has("apis/apps/v1")).isTrue();
  }

  private List<String> groups() {
    var names = new ArrayList<String>();
    api.get("/apis").body().path("groups").forEach(g -> names.add(g.path("name").asText()));
    return names;
  }

  @Test
  void saysWhyAnApiIsNotAvailable() throws Exception {
    register("missing", 443, "");
    eventually("False", "ServiceNotFound");
    var refused = api.get(FLOWERS);
    assertThat(refused.code()).isEqualTo(503);
    assertThat(refused.text("reason")).isEqualTo("ServiceUnavailable");
    api.delete(SERVICE);

    register(""); // trusts the system's authorities, who know nothing of this server
    eventually("False", "FailedDiscoveryCheck");
    assertThat(api.get(FLOWERS).code()).isEqualTo(503);
    assertThat(asked).isEmpty();
    api.delete(SERVICE);

    register(",\"insecureSkipTLSVerify\":true");
    eventually("True", "Passed");
    assertThat(api.get(FLOWERS).code()).isEqualTo(404);

    broken = true;
    api.patch(SERVICE, "merge-patch", "{\"metadata\":{\"labels\":{\"look\":\"again\"}}}");
    eventually("False", "FailedDiscoveryCheck");
    assertThat(condition().path("message").asText()).contains("bad status").contains("500");
  }

  @Test
  void doesNotGiveAwayWhatItServesItself() throws Exception {
    var created =
        api.patch(
            SERVICES + "/v1.apps",
            "merge-patch",
            ("{\"spec\":{\"insecureSkipTLSVerify\":true,\"service\":{\"namespace\":\"default\","
                    + "\"name\":\"standin\",\"port\":%d}}}")
                .formatted(server.port()));
    assertThat(created.code()).as(created.body().toString()).isEqualTo(200);
    TestControlPlane.eventually(
        "it is said that the group is served here",
        () ->
            api.get(SERVICES + "/v1.apps")
                .body()
                .at("/status/conditions/0/reason")
                .asText()
                .equals("ServedLocally"));
    assertThat(api.get("/apis/apps/v1/deployments").code()).isEqualTo(200);
    assertThat(asked).isEmpty();
  }

  @Test
  void tellsOtherServersWhomToBelieve() throws Exception {
    String path = "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication";
    TestControlPlane.eventually("the ConfigMap is there", () -> api.get(path).code() == 200);
    JsonNode data = api.get(path).body().path("data");
    assertThat(data.path("requestheader-client-ca-file").asText())
        .isEqualTo(Pem.encode(plane.frontProxy.authority().trusted()));
    assertThat(data.path("requestheader-allowed-names").asText())
        .isEqualTo("[\"" + FrontProxy.NAME + "\"]");
    assertThat(data.path("client-ca-file").asText()).contains("BEGIN CERTIFICATE");
    api.delete(path);
    TestControlPlane.eventually("it is there again", () -> api.get(path).code() == 200);
    // The authority stays the same when it is opened again.
    assertThat(
            Pki.read(directory.resolve("pki"), InstantSource.system())
                .frontProxy()
                .authority()
                .certificate())
        .isEqualTo(plane.frontProxy.authority().certificate());
  }

  private static String version(String name, boolean served, boolean storage) {
    return ("{\"name\":\"%s\",\"served\":%s,\"storage\":%s,\"schema\":{\"openAPIV3Schema\":"
            + "{\"type\":\"object\"}}}")
        .formatted(name, served, storage);
  }

  @Test
  void keepsApiServicesOfCustomResources() throws Exception {
    String definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    String body =
        "{\"metadata\":{\"name\":\"bees.example.com\"},\"spec\":{\"group\":\"example.com\","
            + "\"scope\":\"Cluster\",\"names\":{\"plural\":\"bees\",\"kind\":\"Bee\"},"
            + "\"versions\":["
            + version("v1", true, true)
            + ","
            + version("v2", true, false)
            + "]}}";
    assertThat(api.post(definitions, body).code()).isEqualTo(201);
    for (String name : List.of("v1.example.com", "v2.example.com")) {
      TestControlPlane.eventually(
          name + " is there", () -> api.get(SERVICES + "/" + name).code() == 200);
    }
    assertThat(api.get(SERVICES + "/v1.example.com").body().at("/status/conditions/0/reason"))
        .hasToString("\"Local\"");
    api.patch(
        definitions + "/bees.example.com",
        "json-patch",
        "[{\"op\":\"replace\",\"path\":\"/spec/versions/1/served\",\"value\":false}]");
    plane.eventuallyGone(SERVICES + "/v2.example.com");
    assertThat(api.get(SERVICES + "/v1.example.com").code()).isEqualTo(200);
    api.delete(definitions + "/bees.example.com");
    plane.eventuallyGone(SERVICES + "/v1.example.com");
  }
}
