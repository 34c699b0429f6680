package io.croft.gateway.routing;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// One of the services that a route is served by.
///
/// @param weight its share among those of the route
/// @param filters for requests that go here, after those of the route
public record Backend(int weight, List<Filter> filters, Target target) {
  public Backend {
    filters = List.copyOf(filters);
  }

  /// What is behind it.
  public sealed interface Target {}

  /// @param name for messages: `default/web`
  /// @param endpoints may be empty
  /// @param tls null for plain text
  public record Service(
      String name, List<Endpoint> endpoints, Protocol protocol, @Nullable UpstreamTls tls)
      implements Target {
    public Service {
      endpoints = List.copyOf(endpoints);
    }
  }

  /// A reference to nothing that can be served; its share of the requests is answered 500.
  public record Broken(String why) implements Target {}

  /// @param host a name or an address
  public record Endpoint(String host, int port) {}

  /// What an upstream speaks.
  public enum Protocol {
    HTTP_1,
    /// HTTP/2 without TLS, as both know beforehand.
    H2C
  }
}
