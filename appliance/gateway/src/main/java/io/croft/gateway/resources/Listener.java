package io.croft.gateway.resources;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.gateway.routing.HostPattern;
import io.croft.model.ApiObject;
import io.croft.model.LabelSelector;
import io.croft.pki.Identity;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One listener of a gateway: a name under which the one port is reached.
///
/// @param refused why no requests come by it; empty when they do
/// @param certificates what the server shows under its name; empty for the appliance's own
/// @param refs how its references are resolved
/// @param client what the gateway shows to upstreams
record Listener(
    ApiObject gateway,
    String name,
    int port,
    HostPattern host,
    JsonNode allowedRoutes,
    Optional<Condition> refused,
    List<Identity> certificates,
    Condition refs,
    @Nullable Identity client) {

  boolean programmed() {
    return refused.isEmpty() && refs.status();
  }

  /// Whether routes of a namespace may attach to it.
  boolean allows(ApiObject route, Cluster cluster) {
    if (!allowsHttpRoutes()) {
      return false;
    }
    JsonNode namespaces = allowedRoutes.path("namespaces");
    return switch (namespaces.path("from").asText("Same")) {
      case "All" -> true;
      case "None" -> false;
      case "Selector" ->
          cluster
              .get(Kinds.NAMESPACES, "", route.namespace())
              .filter(n -> selects(namespaces.path("selector"), n))
              .isPresent();
      default -> route.namespace().equals(gateway.namespace());
    };
  }

  private static boolean selects(JsonNode selector, ApiObject namespace) {
    try {
      return LabelSelector.fromJson(selector).matches(namespace.labels());
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  boolean allowsHttpRoutes() {
    JsonNode kinds = allowedRoutes.path("kinds");
    return kinds.isEmpty() || !unknownKinds(kinds).equals(kinds.size());
  }

  boolean namesUnknownKinds() {
    return unknownKinds(allowedRoutes.path("kinds")) > 0;
  }

  private static Integer unknownKinds(JsonNode kinds) {
    int unknown = 0;
    for (JsonNode kind : kinds) {
      boolean known =
          kind.path("group").asText(Kinds.GROUP).equals(Kinds.GROUP)
              && kind.path("kind").asText("").equals("HTTPRoute");
      unknown += known ? 0 : 1;
    }
    return unknown;
  }

  /// The hosts of a route that come by this listener.
  List<HostPattern> hosts(JsonNode hostnames) {
    var hosts = new ArrayList<HostPattern>();
    for (JsonNode hostname : hostnames) {
      host.intersect(new HostPattern(hostname.asText(""))).ifPresent(hosts::add);
    }
    return hostnames.isEmpty() ? List.of(host) : hosts;
  }
}
