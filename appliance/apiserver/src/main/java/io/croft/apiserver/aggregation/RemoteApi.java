package io.croft.apiserver.aggregation;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.apiserver.outbound.ClientConfig;
import io.croft.apiserver.outbound.HttpsServer;
import io.croft.apiserver.outbound.ServiceResolver;
import io.croft.model.ApiObject;
import java.net.URI;
import java.util.Optional;

/// One version of a group that another server serves, as an `APIService` says it.
///
/// @param namespace of the service
/// @param certificates with which the server is verified, in PEM
/// @param verified whether it is verified at all
/// @param available whether it answered when it was last looked at
public record RemoteApi(
    String group,
    String version,
    String namespace,
    String service,
    int port,
    String certificates,
    boolean verified,
    boolean available) {
  private static final int HTTPS = 443;

  /// Empty for an API that has no service behind it.
  public static Optional<RemoteApi> of(ApiObject apiService) {
    JsonNode spec = apiService.json().path("spec");
    JsonNode service = spec.path("service");
    if (!service.isObject()) {
      return Optional.empty();
    }
    return Optional.of(
        new RemoteApi(
            spec.path("group").asText(""),
            spec.path("version").asText(""),
            service.path("namespace").asText(""),
            service.path("name").asText(""),
            service.path("port").asInt(HTTPS),
            ClientConfig.certificates(spec.path("caBundle").asText("")),
            !spec.path("insecureSkipTLSVerify").asBoolean(false),
            isAvailable(apiService)));
  }

  private static boolean isAvailable(ApiObject apiService) {
    for (JsonNode condition : apiService.json().path("status").path("conditions")) {
      if (condition.path("type").asText().equals("Available")) {
        return condition.path("status").asText().equals("True");
      }
    }
    return false;
  }

  public String groupVersion() {
    return group.isEmpty() ? version : group + "/" + version;
  }

  /// Where the API begins.
  public String root() {
    return group.isEmpty() ? "/api/" + version : "/apis/" + group + "/" + version;
  }

  /// @param target path and query, as they were received
  /// @throws IllegalArgumentException when that makes no address
  HttpsServer server(ServiceResolver services, String target) {
    return new HttpsServer(
        URI.create(services.resolve(namespace, service, port) + target),
        ServiceResolver.name(namespace, service),
        certificates,
        verified);
  }
}
