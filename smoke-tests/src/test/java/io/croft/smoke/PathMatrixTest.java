package io.croft.smoke;

import static io.croft.smoke.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import io.croft.smoke.ServedPaths.Ask;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Nobody gets through who is not let through: every path that there is, with every verb it has,
/// asked for by strangers, by a user without rights, and by the bearer of another authority's
/// certificate.
@Tag("S-8")
@Tag("S-24")
class PathMatrixTest {
  private static final String PASSWORD = "correct horse battery";

  /// What everybody may ask for whose credentials are good: kube-apiserver's `system:discovery`,
  /// `system:public-info-viewer` and `system:basic-user`.
  private static final String EVERYBODYS =
      "GET /(api|apis|openapi)(/.*)?|GET /(healthz|livez|readyz|version)"
          + "|POST /apis/authentication.k8s.io/v1/selfsubjectreviews"
          + "|POST /apis/authorization.k8s.io/v1/selfsubject(access|rules)reviews";

  /// Resources have their own paths below the same roots.
  private static final String RESOURCE = "/api/[^/]+/.+|/apis/[^/]+/[^/]+/.+";

  /// Ways to spell a path that another server might read as one that is open, or as no secret.
  private static final List<String> TRICKS =
      List.of(
          "//api/v1/secrets",
          "/api//v1/secrets",
          "/./api/v1/secrets",
          "/identity/../api/v1/secrets",
          "/identity/%2e%2e/api/v1/secrets",
          "/identity/device/..%2f..%2fapi/v1/secrets",
          "/identity/device;/../../api/v1/secrets",
          "/identity/keys/",
          "/identity//keys",
          "/identity/keys%00",
          "/identity/nothing",
          "/IDENTITY/keys",
          "/pki/../api/v1/secrets",
          "/pki/%2e%2e/api/v1/secrets",
          "/pki/..;/api/v1/secrets",
          "/%61pi/v1/secrets",
          "/api/v1/namespaces/default/secrets/%2e%2e/%2e%2e",
          "/api/v1/watch/secrets",
          "/api/v1/proxy/namespaces/default/services/x",
          "/api/v1/namespaces/default/services/x/proxy/a/b",
          "/healthz/../api/v1/secrets",
          "/livez%2f..%2fapi/v1/secrets",
          "/api/v1/secrets?watch=true&dryRun=All",
          "/api/v1/secrets/?limit=1",
          "/open/..//api/v1/secrets");

  private static final Appliance APPLIANCE = new Appliance();
  private static HttpServer service;
  private static HttpClient stranger;
  private static HttpClient outsider;
  private static HttpClient administrator;

  @BeforeAll
  static void start() throws Exception {
    Files.createDirectories(APPLIANCE.dataDirectory());
    Files.writeString(
        APPLIANCE.dataDirectory().resolve("config.yaml"),
        """
        routes: {local-backends: true, own-names: true}
        limits: {requests-per-user: 0, requests-per-address: 0}
        """);
    APPLIANCE.start();
    service = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    service.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    service.start();
    new Kubectl(APPLIANCE).apply(manifests(service.getAddress().getPort()));
    APPLIANCE
        .croft("user", "create", "nobody-special", "--password-fd", "0")
        .reading(PASSWORD)
        .run()
        .succeeded();
    stranger = client(APPLIANCE.identity().anonymous());
    outsider = client(APPLIANCE.identity().with(foreignCertificate()));
    administrator = client(APPLIANCE.identity());
    eventually(
        "the routes are in force",
        () -> send(administrator, new Ask("GET", "/dashboards/get"), Map.of()).statusCode() == 200);
  }

  @AfterAll
  static void stop() throws IOException {
    if (service != null) {
      service.stop(0);
    }
    Stream.of(stranger, outsider, administrator).forEach(HttpClient::shutdownNow);
    APPLIANCE.close();
  }

  private static HttpClient client(Identity identity) throws Exception {
    return HttpClient.newBuilder()
        .sslContext(identity.tls())
        .version(HttpClient.Version.HTTP_1_1)
        .build();
  }

  /// A custom kind, an object of it, and routes to a service that is no Kubernetes API.
  private static String manifests(int port) {
    var rules = new StringBuilder();
    var accesses = new StringBuilder();
    for (String verb : VERBS) {
      rules.append(
          """
            - matches: [{path: {type: PathPrefix, value: /dashboards/%1$s}}]
              backendRefs: [{name: dashboards, port: %2$d}]
              filters: [{type: ExtensionRef, extensionRef: {group: gateway.croft.io, kind: RouteAccess, name: %1$s}}]
          """
              .formatted(verb, port));
      accesses.append(
          """
          ---
          apiVersion: gateway.croft.io/v1alpha1
          kind: RouteAccess
          metadata: {name: %1$s, namespace: default}
          spec: {permission: {resourceAttributes: {group: example.com, resource: dashboards, namespace: default, verb: %1$s}}}
          """
              .formatted(verb));
    }
    return """
    apiVersion: apiextensions.k8s.io/v1
    kind: CustomResourceDefinition
    metadata: {name: gardens.example.com}
    spec:
      group: example.com
      scope: Namespaced
      names: {plural: gardens, singular: garden, kind: Garden}
      versions:
      - name: v1
        served: true
        storage: true
        schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, x-kubernetes-preserve-unknown-fields: true}}}}
        subresources: {status: {}}
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: dashboards, namespace: default}
    spec: {type: ExternalName, externalName: localhost, ports: [{port: %1$d}]}
    ---
    apiVersion: gateway.networking.k8s.io/v1
    kind: Gateway
    metadata: {name: management, namespace: default}
    spec: {gatewayClassName: croft, listeners: [{name: https, port: 443, protocol: HTTPS, tls: {}}]}
    ---
    apiVersion: gateway.networking.k8s.io/v1
    kind: HTTPRoute
    metadata: {name: dashboards, namespace: default}
    spec:
      parentRefs: [{name: management}]
      rules:
    %2$s
      - matches: [{path: {type: PathPrefix, value: /by-method}}]
        backendRefs: [{name: dashboards, port: %1$d}]
        filters: [{type: ExtensionRef, extensionRef: {group: gateway.croft.io, kind: RouteAccess, name: by-method}}]
      - matches: [{path: {type: PathPrefix, value: /for-everybody}}]
        backendRefs: [{name: dashboards, port: %1$d}]
    ---
    apiVersion: gateway.croft.io/v1alpha1
    kind: RouteAccess
    metadata: {name: by-method, namespace: default}
    spec: {permission: {resourceAttributes: {group: example.com, resource: dashboards, namespace: default}}}
    %3$s
    """
        .formatted(port, rules.toString().stripTrailing(), accesses);
  }

  private static Path foreignCertificate() {
    Path store = APPLIANCE.directory().resolve("other.p12");
    Command.of(
            Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
            "-genkeypair",
            "-alias",
            "user",
            "-keyalg",
            "EC",
            "-dname",
            "CN=kubernetes-admin,O=system:masters",
            "-storetype",
            "PKCS12",
            "-storepass",
            "changeit",
            "-keystore",
            store.toString())
        .run()
        .succeeded();
    return store;
  }

  /// What the user without rights has to show.
  private static Map<String, String> credentials() throws Exception {
    JsonNode tokens = new DeviceLogin(APPLIANCE).logIn("nobody-special", PASSWORD);
    return Map.of("authorization", "Bearer " + tokens.path("id_token").asText());
  }

  private static HttpResponse<String> send(HttpClient client, Ask ask, Map<String, String> headers)
      throws IOException, InterruptedException {
    boolean hasBody = Set.of("POST", "PUT", "PATCH").contains(ask.method());
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(APPLIANCE.server() + ask.path()))
            .timeout(Duration.ofSeconds(60))
            .method(
                ask.method(), hasBody ? BodyPublishers.ofString("{}") : BodyPublishers.noBody());
    if (hasBody) {
      request.header(
          "content-type",
          ask.method().equals("PATCH") ? "application/merge-patch+json" : "application/json");
    }
    headers.forEach(request::header);
    return client.send(request.build(), BodyHandlers.ofString());
  }

  /// Everything that is served, the routes of users included.
  private static Set<Ask> matrix() throws Exception {
    Set<Ask> asks;
    try (Api admin = APPLIANCE.api()) {
      asks = ServedPaths.of(admin);
    }
    for (String method : List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")) {
      asks.add(new Ask(method, "/by-method"));
      asks.add(new Ask(method, "/dashboards/get/deeper"));
    }
    return asks;
  }

  @Test
  void nobodyGetsThroughWithoutARight() throws Exception {
    Set<Ask> matrix = matrix();
    assertThat(matrix)
        .hasSizeGreaterThan(1_000)
        .contains(
            new Ask("GET", "/api/v1/namespaces/default/pods/x/status"),
            new Ask("POST", "/api/v1/namespaces/default/serviceaccounts/x/token"),
            new Ask("DELETE", "/apis/example.com/v1/namespaces/default/gardens"),
            new Ask("POST", "/apis/audit.croft.io/v1alpha1/auditqueries"),
            new Ask("PUT", "/apis/identity.croft.io/v1alpha1/users/x"));
    var refusals = new LinkedHashMap<String, Integer>();
    var wrong = new TreeSet<String>();
    Map<String, String> credentials = credentials();

    for (Ask ask : matrix) {
      refuse(stranger, ask, Map.of(), 401, refusals, wrong);
      refuse(outsider, ask, Map.of(), 401, refusals, wrong);
      if (!isEverybodys(ask)) {
        refuse(stranger, ask, credentials, 403, refusals, wrong);
      }
    }
    for (Ask ask : ServedPaths.BROWSERS) {
      refuse(stranger, ask, Map.of(), 401, refusals, wrong);
      refuse(outsider, ask, Map.of(), 401, refusals, wrong);
      refuse(stranger, ask, credentials, 401, refusals, wrong);
    }

    assertThat(wrong).isEmpty();
    assertAudited(refusals);
  }

  /// That is for a host alone, with its own key.
  @Test
  void noRoleLetsAnybodyCopyTheAppliance() throws Exception {
    var copy = new Ask("GET", "/apis/fleet.croft.io/v1alpha1/machines/x/copy");
    assertThat(send(administrator, copy, Map.of()).statusCode()).isEqualTo(403);
  }

  private static boolean isEverybodys(Ask ask) {
    boolean resource = ask.path().matches(RESOURCE);
    return ask.toString().matches(EVERYBODYS) && !(resource && ask.method().equals("GET"));
  }

  /// @param refusals takes the code under the identifier of its audit event
  private static void refuse(
      HttpClient client,
      Ask ask,
      Map<String, String> headers,
      int code,
      Map<String, Integer> refusals,
      Set<String> wrong)
      throws IOException, InterruptedException {
    HttpResponse<String> answer = send(client, ask, headers);
    answer.headers().firstValue("audit-id").ifPresent(id -> refusals.put(id, code));
    boolean status = ask.method().equals("HEAD") || isStatus(answer.body(), code);
    if (answer.statusCode() != code || !status) {
      wrong.add(ask + " → " + answer.statusCode() + " instead of " + code + ": " + answer.body());
    }
    if (answer.headers().firstValue("audit-id").isEmpty()) {
      wrong.add(ask + " has no audit event");
    }
  }

  private static boolean isStatus(String body, int code) {
    try {
      JsonNode status = Api.MAPPER.readTree(body);
      return status.path("kind").asText().equals("Status")
          && status.path("status").asText().equals("Failure")
          && status.path("code").asInt() == code
          && status.path("reason").asText().equals(code == 401 ? "Unauthorized" : "Forbidden");
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void onlyAFewPathsAreForEverybodyWhoseCredentialsAreGood() throws Exception {
    var through = new TreeSet<String>();
    Map<String, String> credentials = credentials();
    Set<Ask> asks = matrix();
    asks.add(new Ask("GET", "/for-everybody"));
    for (Ask ask : asks) {
      int code = send(stranger, ask, credentials).statusCode();
      if (code != 401 && code != 403) {
        through.add(ask.toString());
      }
    }

    Set<String> expected =
        asks.stream()
            .filter(PathMatrixTest::isEverybodys)
            .map(Ask::toString)
            .collect(Collectors.toCollection(TreeSet::new));
    expected.add("GET /for-everybody"); // its route names no permission
    assertThat(through).isEqualTo(expected);
    assertThat(expected).contains("GET /version", "GET /apis/example.com/v1");
  }

  @Test
  void theListOfOpenPathsIsComplete() throws Exception {
    var open = new TreeSet<String>();
    for (Ask ask : ServedPaths.OPEN) {
      int code = send(stranger, ask, Map.of()).statusCode();
      assertThat(code).as(ask.toString()).isNotIn(401, 403);
      assertThat(send(outsider, ask, Map.of()).statusCode()).as(ask.toString()).isEqualTo(code);
      open.add(ask.path());
    }
    for (String path : open) {
      for (String method : List.of("PUT", "PATCH", "DELETE", "OPTIONS")) {
        assertThat(send(stranger, new Ask(method, path), Map.of()).statusCode())
            .as(method + " " + path)
            .isIn(404, 405);
      }
    }
    // The issuer's own list: whatever it tells others to call is one of them.
    JsonNode discovery =
        Api.MAPPER.readTree(
            send(stranger, new Ask("GET", "/identity/.well-known/openid-configuration"), Map.of())
                .body());
    for (var field : discovery.properties()) {
      if (field.getKey().endsWith("_endpoint") || field.getKey().equals("jwks_uri")) {
        assertThat(open).contains(URI.create(field.getValue().asText()).getPath());
      }
    }
  }

  @Test
  void noSpellingOfAPathGetsAround() throws Exception {
    Map<String, String> credentials = credentials();
    for (String path : TRICKS) {
      for (HttpClient client : List.of(stranger, outsider)) {
        assertThat(send(client, new Ask("GET", path), Map.of()).statusCode())
            .as(path)
            .isIn(400, 401, 403, 404);
      }
      assertThat(send(stranger, new Ask("GET", path), credentials).statusCode())
          .as(path)
          .isIn(400, 403, 404);
    }
  }

  /// What the parts of the appliance, its command line and kubectl do is in the matrix too, or it
  /// would not be complete.
  @Test
  void whatIsUsedIsInTheMatrix() throws Exception {
    var kubectl = new Kubectl(APPLIANCE);
    kubectl.text("get", "all", "--all-namespaces");
    kubectl.text("auth", "whoami");
    kubectl.text("create", "token", "default");
    kubectl.text("explain", "garden");
    croft("status");
    croft("user", "list");
    croft("user", "disable", "nobody-special");
    croft("user", "enable", "nobody-special");
    croft("cert", "list");
    croft("store", "compact");
    croft("store", "snapshot", APPLIANCE.directory().resolve("snapshot").toString());
    croft("store", "export", APPLIANCE.directory().resolve("export").toString());

    var known = new TreeSet<String>();
    for (Ask ask : matrix()) {
      known.add(shape(ask.method(), ask.path()));
    }
    ServedPaths.OPEN.forEach(ask -> known.add(shape(ask.method(), ask.path())));
    known.addAll(List.of("GET /for-everybody", "GET /readyz", "GET /livez"));
    for (String verb : VERBS) {
      known.add(ask(verb, "/").method() + " /dashboards/" + verb);
    }

    var unknown = new TreeSet<String>();
    for (JsonNode event : events()) {
      int code = event.path("responseStatus").path("code").asInt();
      String used = shape(method(event), event.path("requestURI").asText());
      if (code >= 200 && code < 300 && !known.contains(used)) {
        unknown.add(used);
      }
    }
    assertThat(unknown).isEmpty();
  }

  private static void croft(String... arguments) {
    APPLIANCE.croft(arguments).run().succeeded();
  }

  private static String method(JsonNode event) {
    String verb = event.path("verb").asText();
    return switch (verb) {
      case "get", "list", "watch" -> "GET";
      case "create" -> "POST";
      case "update" -> "PUT";
      case "delete", "deletecollection" -> "DELETE";
      default -> verb.toUpperCase(java.util.Locale.ROOT);
    };
  }

  /// A request without the names in it.
  private static String shape(String method, String uri) {
    String path = uri.split("\\?", 2)[0];
    if (!path.matches(RESOURCE)) {
      return method + " " + path.replaceAll("(?<=.)/$", "");
    }
    String plain = path.replaceFirst("/namespaces/[^/]+/(?!status$|finalize$)", "/");
    String[] parts = plain.split("/");
    int name = plain.startsWith("/apis/") ? 5 : 4;
    if (parts.length > name) {
      parts[name] = "x";
    }
    return method + " " + String.join("/", parts);
  }

  private static final List<String> VERBS =
      List.of("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection");

  /// How each verb is asked for.
  private static Ask ask(String verb, String collection) {
    return switch (verb) {
      case "get" -> new Ask("GET", collection + "/x");
      case "list" -> new Ask("GET", collection);
      case "watch" -> new Ask("GET", collection + "?watch=1&timeoutSeconds=1");
      case "create" -> new Ask("POST", collection + "?dryRun=All");
      case "update" -> new Ask("PUT", collection + "/x?dryRun=All");
      case "patch" -> new Ask("PATCH", collection + "/x?dryRun=All");
      case "delete" -> new Ask("DELETE", collection + "/x?dryRun=All");
      case "deletecollection" -> new Ask("DELETE", collection + "?dryRun=All");
      default -> throw new IllegalArgumentException(verb);
    };
  }

  /// Eight users with one verb each, eight requests: for a core kind, a custom kind and a routed
  /// service alike, only the same verb gets through.
  @Test
  void verbsMeanTheSameForAllThatIsServed() throws Exception {
    createHolders();
    var answers = new HashMap<String, List<Boolean>>();
    for (String holder : VERBS) {
      Map<String, String> as = Map.of("impersonate-user", "only-" + holder);
      for (String verb : VERBS) {
        List<Ask> alike =
            List.of(
                ask(verb, "/api/v1/namespaces/default/configmaps"),
                ask(verb, "/apis/example.com/v1/namespaces/default/gardens"),
                new Ask(ask(verb, "/").method(), "/dashboards/" + verb));
        List<Boolean> through = new ArrayList<>();
        for (Ask ask : alike) {
          HttpResponse<String> answer = send(administrator, ask, as);
          assertThat(answer.statusCode()).as(ask.toString()).isNotEqualTo(401);
          through.add(answer.statusCode() != 403);
        }
        answers.put(holder + " asks to " + verb, through);
      }
    }
    answers.forEach((question, through) -> {
      String[] words = question.split(" asks to ");
      boolean same = words[0].equals(words[1]);
      assertThat(through).as(question).containsExactly(same, same, same);
    });
    assertThat(answers).hasSize(VERBS.size() * VERBS.size());
  }

  /// The permission of a route that names no verb goes by the method.
  @Test
  void methodsOfARouteAreVerbs() throws Exception {
    Map<String, String> methods =
        Map.of(
            "GET", "get", "HEAD", "get", "OPTIONS", "get", "POST", "create", "PUT", "update",
            "PATCH", "patch", "DELETE", "delete");
    createHolders();
    for (String holder : VERBS) {
      Map<String, String> as = Map.of("impersonate-user", "only-" + holder);
      for (var method : methods.entrySet()) {
        int code = send(administrator, new Ask(method.getKey(), "/by-method"), as).statusCode();
        assertThat(code)
            .as(holder + " by " + method.getKey())
            .isEqualTo(method.getValue().equals(holder) ? 200 : 403);
      }
    }
  }

  /// Users `only-VERB`, who have that one verb.
  private static void createHolders() {
    var kubectl = new Kubectl(APPLIANCE);
    var manifests = new StringBuilder();
    for (String verb : VERBS) {
      manifests.append(
          """
          apiVersion: rbac.authorization.k8s.io/v1
          kind: Role
          metadata: {name: only-%1$s, namespace: default}
          rules:
          - {apiGroups: [""], resources: [configmaps], verbs: [%1$s]}
          - {apiGroups: [example.com], resources: [gardens, dashboards], verbs: [%1$s]}
          ---
          apiVersion: rbac.authorization.k8s.io/v1
          kind: RoleBinding
          metadata: {name: only-%1$s, namespace: default}
          roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: only-%1$s}
          subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: only-%1$s}]
          ---
          """
              .formatted(verb));
    }
    kubectl.apply(manifests.toString());
  }

  private static List<JsonNode> events() throws IOException {
    var events = new ArrayList<JsonNode>();
    try (Stream<Path> files = Files.list(APPLIANCE.dataDirectory().resolve("logs"))) {
      for (Path file :
          files.filter(f -> f.getFileName().toString().startsWith("audit.log")).toList()) {
        for (String line : Files.readAllLines(file)) {
          if (line.contains("\"stage\":\"ResponseComplete\"")) {
            events.add(Api.MAPPER.readTree(line));
          }
        }
      }
    }
    return events;
  }

  private static void assertAudited(Map<String, Integer> refusals) throws Exception {
    eventually(
        "every refusal is in the audit log",
        () -> {
          Map<String, Integer> recorded = new HashMap<>();
          for (JsonNode event : events()) {
            recorded.put(
                event.path("auditID").asText(), event.path("responseStatus").path("code").asInt());
          }
          return recorded.entrySet().containsAll(refusals.entrySet());
        });
  }
}
