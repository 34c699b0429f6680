package io.croft.apiserver.outbound;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/// Where a webhook is asked, as its configuration says it: by URL or by service.
///
/// @param url empty when it is a service
/// @param path of the service
public record ClientConfig(
    String url, String namespace, String service, int port, String path, String certificates) {
  private static final int HTTPS = 443;
  private static final URI NOBODY = URI.create("https://invalid.");

  /// @param json a `clientConfig`
  public static ClientConfig of(JsonNode json) {
    JsonNode service = json.path("service");
    String path = service.path("path").asText("/");
    return new ClientConfig(
        service.isObject() ? "" : json.path("url").asText(""),
        service.path("namespace").asText(""),
        service.path("name").asText(""),
        service.path("port").asInt(HTTPS),
        path.startsWith("/") ? path : "/" + path,
        certificates(json.path("caBundle").asText("")));
  }

  /// @param base64 certificates in PEM, as objects hold them
  /// @return the PEM; what holds no certificates when it cannot be read, so that no server is
  ///   trusted
  public static String certificates(String base64) {
    try {
      byte[] pem = Base64.getDecoder().decode(base64);
      return new String(pem, StandardCharsets.US_ASCII);
    } catch (IllegalArgumentException e) {
      return "not Base64";
    }
  }

  /// The server to ask at this moment. An address that makes no sense becomes one that nobody
  /// answers at.
  HttpsServer server(ServiceResolver services) {
    try {
      return service.isEmpty()
          ? new HttpsServer(URI.create(url), "", certificates, true)
          : new HttpsServer(
              URI.create(services.resolve(namespace, service, port) + path),
              ServiceResolver.name(namespace, service),
              certificates,
              true);
    } catch (IllegalArgumentException e) {
      return new HttpsServer(NOBODY, "", certificates, true);
    }
  }
}
