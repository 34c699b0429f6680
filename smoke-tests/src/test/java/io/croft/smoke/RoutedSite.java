package io.croft.smoke;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.concurrent.Executors;

/// A service of this machine behind the gateway, reached as `live.test`, and what declares it.
final class RoutedSite implements AutoCloseable {
  static final String HOST = "live.test";
  private static final String GATEWAYS =
      "/apis/gateway.networking.k8s.io/v1/namespaces/default/gateways";
  private static final String ROUTES = "/apis/gateway.networking.k8s.io/v1/namespaces/default/httproutes";
  private static final String SECRETS = "/api/v1/namespaces/default/secrets";

  private static final int CONFLICT = 409;

  private final HttpServer service;

  RoutedSite() throws IOException {
    service = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
    service.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    service.createContext(
        "/",
        exchange -> {
          try (exchange) {
            byte[] answer = "served\n".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
          }
        });
    service.start();
  }

  /// Lets routes lead to this machine. Before the start.
  static void allow(Appliance appliance) throws IOException {
    Files.createDirectories(appliance.dataDirectory());
    Files.writeString(
        appliance.dataDirectory().resolve("config.yaml"), "routes:\n  local-backends: true\n");
  }

  int port() {
    return service.getAddress().getPort();
  }

  /// Declares gateway, service and route.
  void declare(Api admin, Path certificate, Path key) throws Exception {
    created(admin.post(SECRETS, secret(certificate, key)));
    created(
        admin.post(
            "/api/v1/namespaces/default/services",
            """
            {"apiVersion":"v1","kind":"Service","metadata":{"name":"live"},
             "spec":{"type":"ExternalName","externalName":"localhost"}}
            """));
    created(
        admin.post(
            GATEWAYS,
            """
            {"apiVersion":"gateway.networking.k8s.io/v1","kind":"Gateway","metadata":{"name":"live"},
             "spec":{"gatewayClassName":"croft","listeners":[{"name":"https","port":443,"protocol":"HTTPS",
               "hostname":"live.test","tls":{"certificateRefs":[{"name":"live-tls"}]}}]}}
            """));
    created(admin.post(ROUTES, route("0")));
  }

  private static void created(Api.Answer answer) {
    if (answer.status() != 201) {
      throw new AssertionError("not created: " + answer);
    }
  }

  /// @param version shows in the field `x-version` of answers
  String route(String version) {
    return """
    {"apiVersion":"gateway.networking.k8s.io/v1","kind":"HTTPRoute","metadata":{"name":"live"},
     "spec":{"parentRefs":[{"name":"live"}],"hostnames":["live.test"],"rules":[{
       "filters":[{"type":"ResponseHeaderModifier",
         "responseHeaderModifier":{"set":[{"name":"x-version","value":"%s"}]}}],
       "backendRefs":[{"name":"live","port":%d}]}]}}
    """
        .formatted(version, port());
  }

  /// Replaces the route by another, whoever writes its status meanwhile.
  static void replaceRoute(Api admin, String route) throws Exception {
    ObjectNode object = (ObjectNode) Api.MAPPER.readTree(route);
    Api.Answer answer;
    do {
      String version =
          admin.get(ROUTES + "/live").json().at("/metadata/resourceVersion").asText();
      ((ObjectNode) object.path("metadata")).put("resourceVersion", version);
      answer = admin.put(ROUTES + "/live", object.toString());
    } while (answer.status() == CONFLICT);
    if (answer.status() != 200) {
      throw new AssertionError("not replaced: " + answer);
    }
  }

  static void replaceCertificate(Api admin, Path certificate, Path key) throws Exception {
    Api.Answer answer = admin.put(SECRETS + "/live-tls", secret(certificate, key));
    if (answer.status() != 200) {
      throw new AssertionError("not replaced: " + answer);
    }
  }

  private static String secret(Path certificate, Path key) throws IOException {
    return """
    {"apiVersion":"v1","kind":"Secret","metadata":{"name":"live-tls"},"type":"kubernetes.io/tls",
     "data":{"tls.crt":"%s","tls.key":"%s"}}
    """
        .formatted(base64(certificate), base64(key));
  }

  private static String base64(Path file) throws IOException {
    return Base64.getEncoder().encodeToString(Files.readAllBytes(file));
  }

  /// Makes a certificate for the site that only itself vouches for.
  static void certify(String openssl, Path certificate, Path key) {
    Command.of(
            openssl,
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=" + HOST,
            "-addext",
            "subjectAltName=DNS:" + HOST,
            "-keyout",
            key.toString(),
            "-out",
            certificate.toString())
        .run()
        .succeeded();
  }

  @Override
  public void close() {
    service.stop(0);
  }
}
