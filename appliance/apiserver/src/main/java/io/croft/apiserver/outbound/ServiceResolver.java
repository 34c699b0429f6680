package io.croft.apiserver.outbound;

import io.croft.model.ApiObject;
import java.net.URI;
import java.util.Optional;
import java.util.function.BiFunction;

/// Finds out where a service is asked. There is no network of services here, so its name has to be
/// one that this host can resolve; a service of type `ExternalName` names another host. Either way
/// the certificate must be for the service. Thread-safe.
public final class ServiceResolver {
  private final BiFunction<String, String, Optional<ApiObject>> services;

  /// @param services finds a service by namespace and name
  public ServiceResolver(BiFunction<String, String, Optional<ApiObject>> services) {
    this.services = services;
  }

  /// The name that the certificate of a service must be for.
  public static String name(String namespace, String service) {
    return service + "." + namespace + ".svc";
  }

  /// @return `https://HOST:PORT` without a path
  /// @throws IllegalArgumentException when the names make no address
  public URI resolve(String namespace, String service, int port) {
    String host =
        services
            .apply(namespace, service)
            .map(found -> found.json().path("spec"))
            .filter(spec -> spec.path("type").asText("").equals("ExternalName"))
            .map(spec -> spec.path("externalName").asText(""))
            .filter(external -> !external.isEmpty())
            .orElse(name(namespace, service));
    return URI.create("https://" + host + ":" + port);
  }
}
