package io.croft.gateway.resources;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.ApiServer;
import io.croft.apiserver.ServerVersion;
import io.croft.base.Component;
import io.croft.base.http.Headers;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.base.http.Peer;
import io.croft.base.http.Query;
import io.croft.base.http.RequestBody;
import io.croft.client.ApiClient;
import io.croft.client.DeleteOptions;
import io.croft.client.Informers;
import io.croft.gateway.definition.GatewayDefinitions;
import io.croft.gateway.routing.Backend;
import io.croft.gateway.routing.RouteTable;
import io.croft.gateway.routing.Routes;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.StatusException;
import io.croft.model.Yaml;
import io.croft.pki.Identity;
import io.croft.pki.KeyPairs;
import io.croft.pki.Pem;
import io.croft.pki.Pki;
import io.croft.pki.ServerNames;
import io.croft.security.AuthorizedHandler;
import io.croft.security.Decision;
import io.croft.security.Destination;
import io.croft.security.RequestChain;
import io.croft.security.RequestContext;
import io.croft.security.RequestInfo;
import io.croft.security.UserInfo;
import io.croft.security.token.TokenAuthenticator;
import io.croft.store.embedded.EmbeddedStore;
import io.croft.store.embedded.StoreConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Objects in an API server in process, and the routes that become of them.
@Tag("S2")
class RouteControllerTest {
  private static final UserInfo SELF = UserInfo.of("system:apiserver", UserInfo.MASTERS);
  private static final KeyPair TOKEN_KEYS = KeyPairs.generate();
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  @TempDir Path directory;

  private final List<Component> components = new ArrayList<>();
  private final AtomicReference<Map<String, Identity>> certificates =
      new AtomicReference<>(Map.of());
  private final AtomicReference<RouteTable.Entry> served = new AtomicReference<>();
  private final Routes routes =
      new Routes(
          "localhost"::equals,
          true,
          (_, _, entry) -> {
            served.set(entry);
            return HttpResponse.of(200, "text/plain", new byte[0]);
          });
  private EmbeddedStore store;
  private ApiClient client;

  @BeforeEach
  void start() throws Exception {
    store = EmbeddedStore.open(directory.resolve("store"), StoreConfig.defaults());
    var server =
        new ApiServer(
            store,
            Map.of(),
            _ -> Decision.allow("test"),
            List.of(),
            new ApiServer.Surroundings(
                new ServerVersion("test", "", ""), List::of, Map::of, () -> TOKEN_KEYS),
            InstantSource.system());
    AuthorizedHandler handler = server;
    var chain =
        new RequestChain(
            new TokenAuthenticator(server.tokenVerifier()),
            _ -> Decision.allow("test"),
            _ -> {},
            handler,
            InstantSource.system());
    client = new ApiClient(request -> chain.as(SELF).handle(request), "test");
    var informers = new Informers(client);
    components.add(server);
    components.add(new GatewayDefinitions(client));
    components.add(informers);
    components.add(
        new RouteController(
            client,
            informers,
            new Informers(client),
            routes::replace,
            certificates::set,
            () -> 8443,
            () -> List.of("192.0.2.1"),
            InstantSource.system()));
    for (Component component : components) {
      component.init();
      component.start();
      eventually(component.name() + " is ready", component::ready);
    }
    eventually("there is a class", () -> client.find(Kinds.CLASSES, "", "croft").isPresent());
    create(
        Kinds.GATEWAYS,
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: Gateway
        metadata: {name: management}
        spec:
          gatewayClassName: croft
          listeners:
          - {name: all, port: 8443, protocol: HTTPS, tls: {options: {a: b}}}
          - {name: tls, port: 443, protocol: HTTPS, hostname: "*.example.com",
             tls: {certificateRefs: [{name: example}]}}
          - {name: plain, port: 80, protocol: HTTP}
          - {name: other, port: 9443, protocol: HTTPS}
        """);
    create(
        Kinds.SERVICES,
        """
        apiVersion: v1
        kind: Service
        metadata: {name: web}
        spec: {ports: [{name: http, port: 80}]}
        """);
    create(
        Kinds.SLICES,
        """
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
        addressType: IPv4
        ports: [{name: http, port: 8080}]
        endpoints:
        - {addresses: [192.0.2.10]}
        - {addresses: [192.0.2.11], conditions: {ready: false}}
        """);
  }

  @AfterEach
  void stop() {
    components.reversed().forEach(Component::stop);
    store.close();
  }

  @Test
  void servesARouteAsSoonAsItIsThereAndUntilItIsGone() throws Exception {
    route("web", "hostnames: [shop.example.org]", "[{name: web, port: 80}]");
    eventually("it is served", () -> find("shop.example.org", "/a").isPresent());

    assertThat(find("other.example.org", "/a")).isEmpty();
    assertThat(endpoints("shop.example.org", "/a"))
        .containsExactly(new Backend.Endpoint("192.0.2.10", 8080));
    awaitCondition("web", "Accepted", "True", "Accepted");
    awaitCondition("web", "ResolvedRefs", "True", "ResolvedRefs");
    var _ = client.delete(Kinds.ROUTES, "default", "web", DeleteOptions.DEFAULT);
    eventually("it is gone", () -> find("shop.example.org", "/a").isEmpty());
  }

  @Test
  void saysOfEachListenerWhatIsWrong() throws Exception {
    route("web", "", "[{name: web, port: 80}]");
    eventually("it is counted", () -> listener("all").path("attachedRoutes").asInt() == 1);

    assertThat(condition(listener("all"), "Programmed")).isEqualTo("True Programmed");
    assertThat(condition(listener("tls"), "ResolvedRefs")).isEqualTo("False InvalidCertificateRef");
    assertThat(condition(listener("plain"), "Accepted")).isEqualTo("False UnsupportedProtocol");
    assertThat(condition(listener("other"), "Accepted")).isEqualTo("False PortUnavailable");
    JsonNode status = client.get(Kinds.GATEWAYS, "default", "management").json().path("status");
    assertThat(condition(status, "Accepted")).isEqualTo("True ListenersNotValid");
    assertThat(condition(status, "Programmed")).isEqualTo("True Programmed");
    assertThat(status.at("/addresses/0/value").asText()).isEqualTo("192.0.2.1");
  }

  @Test
  void showsTheCertificateOfAListenerUnderItsName() throws Exception {
    Pki pki =
        Pki.open(
            directory.resolve("pki"),
            ServerNames.of(List.of("a.example.com")),
            InstantSource.system());
    Base64.Encoder base64 = Base64.getEncoder();
    create(
        Kinds.SECRETS,
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: example}
        type: kubernetes.io/tls
        data: {tls.crt: %s, tls.key: %s}
        """
            .formatted(
                base64.encodeToString(
                    Pem.encode(pki.server().chain()).getBytes(StandardCharsets.US_ASCII)),
                base64.encodeToString(
                    Pem.encode(pki.server().key()).getBytes(StandardCharsets.US_ASCII))));

    eventually("it is shown", () -> certificates.get().containsKey("*.example.com"));
    eventually(
        "it is said", () -> condition(listener("tls"), "Programmed").equals("True Programmed"));
  }

  @Test
  void saysWhatAReferenceLacks() throws Exception {
    route("missing", "hostnames: [a.org]", "[{name: none, port: 80}]");
    route("port", "hostnames: [b.org]", "[{name: web, port: 81}]");
    route("kind", "hostnames: [c.org]", "[{name: web, kind: Bucket, group: example.com}]");
    route("away", "hostnames: [d.org]", "[{name: web, namespace: kube-system, port: 80}]");
    awaitCondition("missing", "ResolvedRefs", "False", "BackendNotFound");
    awaitCondition("port", "ResolvedRefs", "False", "BackendNotFound");
    awaitCondition("kind", "ResolvedRefs", "False", "InvalidKind");
    awaitCondition("away", "ResolvedRefs", "False", "RefNotPermitted");
    create(
        Kinds.GRANTS,
        "kube-system",
        """
        apiVersion: gateway.networking.k8s.io/v1beta1
        kind: ReferenceGrant
        metadata: {name: web}
        spec:
          from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: default}]
          to: [{group: "", kind: Service}]
        """);
    awaitCondition("away", "ResolvedRefs", "False", "BackendNotFound");
  }

  @Test
  void tellsTheYoungerOfTwoRoutesThatItsMatchIsTaken() throws Exception {
    route("first", "hostnames: [shop.org]", "[{name: web, port: 80}]");
    eventually("it is served", () -> find("shop.org", "/").isPresent());
    route("second", "hostnames: [shop.org]", "[{name: web, port: 80}]");
    awaitCondition("second", "gateway.croft.io/Conflicted", "True", "MatchTaken");

    assertThat(find("shop.org", "/").orElseThrow().origin().object()).isEqualTo("default/first");
    var _ = client.delete(Kinds.ROUTES, "default", "first", DeleteOptions.DEFAULT);
    eventually(
        "the other takes its place",
        () -> find("shop.org", "/").orElseThrow().origin().object().equals("default/second"));
  }

  @Test
  void letsNobodyThroughWhereItIsNotSaidWho() throws Exception {
    route("web", "hostnames: [x.org]", "[{name: web, port: 80}]", "RouteAccess", "open");
    awaitCondition("web", "Accepted", "False", "UnsupportedValue");
    assertThat(find("x.org", "/")).isEmpty();
    create(
        Kinds.ACCESSES,
        """
        apiVersion: gateway.croft.io/v1alpha1
        kind: RouteAccess
        metadata: {name: open}
        spec: {authentication: Anonymous, auditLevel: None}
        """);
    eventually("it is served", () -> find("x.org", "/").isPresent());

    assertThat(find("x.org", "/").orElseThrow().route().access().anonymous()).isTrue();
  }

  @Test
  void refusesWhatARouteCannotMean() throws Exception {
    create(
        Kinds.ROUTES,
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata: {name: wrong}
        spec:
          parentRefs: [{name: management}]
          hostnames: [y.org]
          rules:
          - matches: [{path: {type: RegularExpression, value: "(unclosed"}}]
            backendRefs: [{name: web, port: 80}]
        """);
    awaitCondition("wrong", "Accepted", "False", "UnsupportedValue");
    route("elsewhere", "hostnames: [z.org]", "[{name: web, port: 80}]");
    assertThat(find("y.org", "/")).isEmpty();
  }

  @Test
  void servesIngressesOfItsClass() throws Exception {
    create(
        Kinds.INGRESSES,
        """
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata: {name: shop}
        spec:
          ingressClassName: croft
          defaultBackend: {service: {name: web, port: {name: http}}}
          rules:
          - host: ingress.org
            http:
              paths:
              - {path: /exact, pathType: Exact, backend: {service: {name: web, port: {number: 80}}}}
              - {path: /pre, pathType: Prefix, backend: {service: {name: none, port: {number: 80}}}}
        """);
    eventually("it is served", () -> find("ingress.org", "/exact").isPresent());

    assertThat(endpoints("ingress.org", "/exact"))
        .containsExactly(new Backend.Endpoint("192.0.2.10", 8080));
    assertThat(find("ingress.org", "/pre/x").orElseThrow().route().backends().getFirst().target())
        .isInstanceOf(Backend.Broken.class);
    assertThat(find("any.org", "/what").orElseThrow().route().access().anonymous()).isFalse();
    eventually(
        "it is told its address",
        () ->
            client
                .get(Kinds.INGRESSES, "default", "shop")
                .json()
                .at("/status/loadBalancer/ingress/0/ip")
                .asText()
                .equals("192.0.2.1"));
  }

  @Test
  void letsNoIngressTakeAHostOfAnotherNamespace() throws Exception {
    route("web", "hostnames: [shop.example.org, '*.below.org']", "[{name: web, port: 80}]");
    eventually("it is served", () -> find("shop.example.org", "/a").isPresent());
    create(Kinds.NAMESPACES, "", "{apiVersion: v1, kind: Namespace, metadata: {name: other}}");
    ingress("default", "own", "shop.example.org");
    ingress("other", "thief", "shop.example.org");
    ingress("other", "below", "name.below.org");
    ingress("other", "free", "free.org");
    eventually("what is nobody's is served", () -> find("free.org", "/own").isPresent());
    eventually("one's own is served", () -> find("shop.example.org", "/own").isPresent());

    assertThat(origin("shop.example.org")).isEqualTo("Ingress default/own");
    assertThat(find("name.below.org", "/own").orElseThrow().route().name())
        .startsWith("HTTPRoute default/web");
    eventually(
        "it is told",
        () ->
            client
                .get(Kinds.INGRESSES, "other", "thief")
                .json()
                .at("/status/loadBalancer/ingress/0/ports/0/error")
                .asText()
                .equals("gateway.croft.io/HostTaken"));
    // Of the same second the first by namespace is the older one.
    ingress("default", "first", "taken.org");
    ingress("other", "late", "taken.org");
    eventually(
        "who came first has it",
        () ->
            client
                .get(Kinds.INGRESSES, "other", "late")
                .json()
                .at("/status/loadBalancer/ingress/0/ports/0/error")
                .asText()
                .equals("gateway.croft.io/HostTaken"));
    assertThat(origin("taken.org")).isEqualTo("Ingress default/first");
  }

  private String origin(String host) {
    return find(host, "/own").orElseThrow().route().name();
  }

  private void ingress(String namespace, String name, String host) throws Exception {
    String yaml =
        """
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata: {name: %s, namespace: %s}
        spec:
          ingressClassName: croft
          rules:
          - host: %s
            http:
              paths:
              - {path: /own, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
        """
            .formatted(name, namespace, host);
    create(Kinds.INGRESSES, namespace, yaml);
  }

  @Test
  void tellsPoliciesWhatBecomesOfThem() throws Exception {
    create(
        Kinds.TLS_POLICIES,
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: BackendTLSPolicy
        metadata: {name: good}
        spec:
          targetRefs: [{group: "", kind: Service, name: web}]
          validation: {hostname: web.example.org, wellKnownCACertificates: System}
        """);
    create(
        Kinds.TLS_POLICIES,
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: BackendTLSPolicy
        metadata: {name: late}
        spec:
          targetRefs: [{group: "", kind: Service, name: web}]
          validation: {hostname: web.example.org, wellKnownCACertificates: System}
        """);
    create(
        Kinds.TLS_POLICIES,
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: BackendTLSPolicy
        metadata: {name: none}
        spec:
          targetRefs: [{group: "", kind: Service, name: other}]
          validation:
            hostname: web.example.org
            caCertificateRefs: [{group: "", kind: ConfigMap, name: missing}]
        """);
    awaitPolicy("good", "True Accepted", "True ResolvedRefs");
    awaitPolicy("late", "False Conflicted", "True ResolvedRefs");
    awaitPolicy("none", "False NoValidCACertificate", "False InvalidCACertificateRef");
  }

  private void awaitPolicy(String name, String accepted, String refs) throws Exception {
    eventually(
        name + " is told",
        () -> {
          JsonNode ancestor =
              client.get(Kinds.TLS_POLICIES, "default", name).json().at("/status/ancestors/0");
          return ancestor.at("/ancestorRef/name").asText().equals("management")
              && condition(ancestor, "Accepted").equals(accepted)
              && condition(ancestor, "ResolvedRefs").equals(refs);
        });
  }

  private void route(String name, String hostnames, String backends) throws Exception {
    route(name, hostnames, backends, "", "");
  }

  private void route(
      String name, String hostnames, String backends, String extension, String extended)
      throws Exception {
    String filters =
        extension.isEmpty()
            ? "[]"
            : "[{type: ExtensionRef, extensionRef: {group: gateway.croft.io, kind: %s, name: %s}}]"
                .formatted(extension, extended);
    create(
        Kinds.ROUTES,
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata: {name: %s}
        spec:
          parentRefs: [{name: management}]
          %s
          rules:
          - {backendRefs: %s, filters: %s}
        """
            .formatted(name, hostnames, backends, filters));
  }

  private void create(GroupVersionResource resource, String yaml) throws Exception {
    create(resource, "default", yaml);
  }

  private void create(GroupVersionResource resource, String namespace, String yaml)
      throws Exception {
    var object =
        ApiObject.of((ObjectNode) Yaml.parse(yaml.getBytes(StandardCharsets.UTF_8)))
            .setNamespace(namespace);
    eventually(
        object.kind() + " can be created",
        () -> {
          try {
            client.create(resource, object.copy());
            return true;
          } catch (StatusException e) {
            if (e.status().code() == 404) {
              return false; // its definition, or its namespace, is about to be there
            }
            throw e;
          }
        });
  }

  private Optional<RouteTable.Entry> find(String host, String path) {
    var request =
        new HttpRequest(
            "GET", path, Query.EMPTY, Headers.of("host", host), RequestBody.EMPTY, Peer.IN_PROCESS);
    Optional<Destination> destination = routes.find(request);
    return destination.map(d -> {
      d.handler()
          .handle(
              request, new RequestContext(SELF, RequestInfo.parse("GET", path, Query.EMPTY), "id"));
      return served.get();
    });
  }

  private List<Backend.Endpoint> endpoints(String host, String path) {
    Backend backend = find(host, path).orElseThrow().route().backends().getFirst();
    return ((Backend.Service) backend.target()).endpoints();
  }

  private JsonNode listener(String name) {
    JsonNode status = client.get(Kinds.GATEWAYS, "default", "management").json().path("status");
    for (JsonNode listener : status.path("listeners")) {
      if (listener.path("name").asText().equals(name)) {
        return listener;
      }
    }
    return status.path("no such listener");
  }

  private void awaitCondition(String route, String type, String status, String reason)
      throws Exception {
    try {
      eventually(
          route + " is " + type + " " + status + " " + reason,
          () ->
              condition(
                      client.get(Kinds.ROUTES, "default", route).json().at("/status/parents/0"),
                      type)
                  .equals(status + " " + reason));
    } catch (AssertionError e) {
      throw new AssertionError(
          e.getMessage() + ": " + client.get(Kinds.ROUTES, "default", route), e);
    }
  }

  private static String condition(JsonNode of, String type) {
    for (JsonNode condition : of.path("conditions")) {
      if (condition.path("type").asText().equals(type)) {
        return condition.path("status").asText() + " " + condition.path("reason").asText();
      }
    }
    return "";
  }

  private static void eventually(String what, Callable<Boolean> holds) throws Exception {
    long deadline = System.nanoTime() + DEADLINE.toNanos();
    while (!holds.call()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("in vain waited until " + what);
      }
      Thread.sleep(10);
    }
  }
}
