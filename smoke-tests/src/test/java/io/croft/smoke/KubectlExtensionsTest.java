package io.croft.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Base64;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// What others add to the API over HTTPS, seen through the stock kubectl: a webhook that converts
/// custom resources, and a server with an API of its own. Both are this test's own server, which
/// asks its client for a certificate.
class KubectlExtensionsTest {
  @RegisterExtension static final Appliance APPLIANCE = new Appliance();
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final char[] PASSWORD = "changeit".toCharArray();

  private final Kubectl kubectl = new Kubectl(APPLIANCE);
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private HttpsServer server;
  private String caBundle;
  private volatile String user = "";

  @BeforeEach
  void startTheServer() throws Exception {
    KeyStore keys = keys();
    Certificate own = keys.getCertificate("server");
    String pem =
        "-----BEGIN CERTIFICATE-----\n"
            + Base64.getMimeEncoder().encodeToString(own.getEncoded())
            + "\n-----END CERTIFICATE-----\n";
    caBundle = Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.US_ASCII));
    SSLContext tls = tls(keys);
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(
        new HttpsConfigurator(tls) {
          @Override
          public void configure(HttpsParameters parameters) {
            var settings = tls.getDefaultSSLParameters();
            settings.setWantClientAuth(true);
            parameters.setSSLParameters(settings);
          }
        });
    server.setExecutor(threads);
    server.createContext("/convert", this::convert);
    server.createContext("/apis/", this::serve);
    server.createContext("/openapi/v3", this::document);
    server.start();
  }

  @AfterEach
  void stopTheServer() {
    server.stop(0);
    threads.shutdownNow();
  }

  /// A key and a certificate that vouches for itself.
  private static KeyStore keys() throws Exception {
    Path file = Files.createTempDirectory("croft-smoke").resolve("server.p12");
    Command.of(
            Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
            "-genkeypair",
            "-alias",
            "server",
            "-keyalg",
            "EC",
            "-dname",
            "CN=standin",
            "-ext",
            "san=ip:127.0.0.1,dns:standin.default.svc",
            "-storetype",
            "PKCS12",
            "-keystore",
            file.toString(),
            "-storepass",
            new String(PASSWORD))
        .run()
        .succeeded();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      keys.load(in, PASSWORD);
    }
    Files.delete(file);
    Files.delete(file.getParent());
    return keys;
  }

  /// Trusts whom the appliance says that other servers should.
  private SSLContext tls(KeyStore keys) throws Exception {
    kubectl.text(
        "wait",
        "--for=create",
        "-n=kube-system",
        "cm/extension-apiserver-authentication",
        "--timeout=30s");
    String authority =
        kubectl.text(
            "get",
            "-n=kube-system",
            "cm/extension-apiserver-authentication",
            "-o=jsonpath={.data.requestheader-client-ca-file}");
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry(
        "front-proxy",
        CertificateFactory.getInstance("X.509")
            .generateCertificate(
                new ByteArrayInputStream(authority.getBytes(StandardCharsets.US_ASCII))));
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    var own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    own.init(keys, PASSWORD);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(own.getKeyManagers(), trust.getTrustManagers(), null);
    return tls;
  }

  /// What flowers look like.
  private void document(HttpExchange exchange) throws IOException {
    try (exchange) {
      String text =
          exchange.getRequestURI().getPath().equals("/openapi/v3")
              ? """
              {"paths": {"apis/flowers.example.com/v1":
                {"serverRelativeURL": "/openapi/v3/apis/flowers.example.com/v1?hash=1"}}}
              """
              : """
              {"openapi": "3.0.0", "info": {"title": "flowers", "version": "1"},
               "paths": {"/apis/flowers.example.com/v1/namespaces/{namespace}/flowers": {"get": {
                 "x-kubernetes-action": "list", "x-kubernetes-group-version-kind":
                   {"group": "flowers.example.com", "version": "v1", "kind": "Flower"}}}},
               "components": {"schemas": {"Flower": {"type": "object",
                 "description": "Grows in gardens.", "x-kubernetes-group-version-kind":
                   [{"group": "flowers.example.com", "version": "v1", "kind": "Flower"}],
                 "properties": {"colour": {"type": "string", "description": "Of its petals."}}}}}}
              """;
      send(exchange, 200, JSON.readTree(text));
    }
  }

  private static void send(HttpExchange exchange, int code, JsonNode answer) throws IOException {
    byte[] body = JSON.writeValueAsBytes(answer);
    exchange.getResponseHeaders().set("content-type", "application/json");
    exchange.sendResponseHeaders(code, body.length);
    exchange.getResponseBody().write(body);
  }

  /// `v1` has an address, `v2` a host and a port.
  private void convert(HttpExchange exchange) throws IOException {
    try (exchange) {
      var review = (ObjectNode) JSON.readTree(exchange.getRequestBody());
      var request = (ObjectNode) review.remove("request");
      ObjectNode response = review.putObject("response");
      response.set("uid", request.get("uid"));
      response.putObject("result").put("status", "Success");
      ArrayNode converted = response.putArray("convertedObjects");
      String wanted = request.path("desiredAPIVersion").asText();
      for (JsonNode object : request.path("objects")) {
        var result = (ObjectNode) object;
        result.put("apiVersion", wanted);
        var spec = (ObjectNode) result.get("spec");
        if (wanted.endsWith("/v2")) {
          String[] parts = spec.remove("address").asText().split(":");
          spec.put("host", parts[0]).put("port", Integer.parseInt(parts[1]));
        } else {
          spec.put("address", spec.remove("host").asText() + ":" + spec.remove("port").asInt());
        }
        converted.add(result);
      }
      send(exchange, 200, review);
    }
  }

  private void serve(HttpExchange exchange) throws IOException {
    try (exchange) {
      if (exchange.getRequestURI().getPath().equals("/apis/flowers.example.com/v1")) {
        String list =
            """
            {"kind": "APIResourceList", "apiVersion": "v1",
             "groupVersion": "flowers.example.com/v1", "resources": [{"name": "flowers",
             "singularName": "flower", "namespaced": true, "kind": "Flower",
             "verbs": ["get", "list"]}]}
            """;
        send(exchange, 200, JSON.readTree(list));
        return;
      }
      user = exchange.getRequestHeaders().getFirst("X-Remote-User");
      String flowers =
          """
          {"kind": "FlowerList", "apiVersion": "flowers.example.com/v1", "metadata": {},
           "items": [{"kind": "Flower", "apiVersion": "flowers.example.com/v1",
           "metadata": {"name": "rose", "namespace": "default"}}]}
          """;
      send(exchange, 200, JSON.readTree(flowers));
    }
  }

  private int port() {
    return server.getAddress().getPort();
  }

  @Test
  void convertsCustomResourcesByAWebhook() {
    kubectl.apply(
        """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: probes.example.com}
        spec:
          group: example.com
          scope: Namespaced
          names: {kind: Probe, plural: probes, singular: probe}
          conversion:
            strategy: Webhook
            webhook:
              conversionReviewVersions: [v1]
              clientConfig: {url: 'https://127.0.0.1:%d/convert', caBundle: '%s'}
          versions:
          - name: v1
            served: true
            storage: true
            schema:
              openAPIV3Schema:
                type: object
                properties:
                  spec: {type: object, properties: {address: {type: string}}}
          - name: v2
            served: true
            storage: false
            schema:
              openAPIV3Schema:
                type: object
                properties:
                  spec:
                    type: object
                    properties: {host: {type: string}, port: {type: integer}}
        """
            .formatted(port(), caBundle));
    kubectl.text("wait", "--for=condition=Established", "crd/probes.example.com");
    kubectl.apply(
        """
        apiVersion: example.com/v1
        kind: Probe
        metadata: {name: p}
        spec: {address: 'a:1'}
        """);
    assertThat(kubectl.text("get", "probes.v2.example.com", "p", "-o=jsonpath={.spec}"))
        .isEqualTo("{\"host\":\"a\",\"port\":1}");
    kubectl.text(
        "patch", "probes.v2.example.com", "p", "--type=merge", "-p", "{\"spec\":{\"port\":7}}");
    assertThat(kubectl.text("get", "probes.v1.example.com", "-o=jsonpath={.items[*].spec.address}"))
        .isEqualTo("a:7");
    assertThat(kubectl.text("get", "apiservice", "v2.example.com", "-o=name"))
        .isEqualTo("apiservice.apiregistration.k8s.io/v2.example.com");

    server.stop(0);
    assertThat(kubectl.run("get", "probes.v2.example.com").exited(1).err())
        .contains("conversion webhook for example.com/v1, Kind=Probe failed");
    kubectl.text("delete", "crd", "probes.example.com", "--timeout=30s");
  }

  @Test
  void servesTheApiOfAnotherServer() {
    kubectl.apply(
        """
        apiVersion: v1
        kind: Service
        metadata: {name: standin, namespace: default}
        spec: {type: ExternalName, externalName: localhost}
        ---
        apiVersion: apiregistration.k8s.io/v1
        kind: APIService
        metadata: {name: v1.flowers.example.com}
        spec:
          group: flowers.example.com
          version: v1
          groupPriorityMinimum: 100
          versionPriority: 10
          caBundle: '%s'
          service: {namespace: default, name: standin, port: %d}
        """
            .formatted(caBundle, port()));
    kubectl.text(
        "wait", "--for=condition=Available", "apiservice/v1.flowers.example.com", "--timeout=30s");
    assertThat(kubectl.text("api-resources", "--api-group=flowers.example.com", "-o=name"))
        .isEqualTo("flowers.flowers.example.com");
    assertThat(kubectl.text("get", "flowers", "-o=name"))
        .isEqualTo("flower.flowers.example.com/rose");
    assertThat(user).isEqualTo("kubernetes-admin");
    assertThat(kubectl.text("explain", "flowers"))
        .contains("Grows in gardens.")
        .containsPattern("colour\\s+<string>\\s+Of its petals.");
    kubectl.text("delete", "apiservice", "v1.flowers.example.com");
    assertThat(kubectl.run("get", "flowers.flowers.example.com").exited(1).err())
        .contains("the server doesn't have a resource type");
  }
}
