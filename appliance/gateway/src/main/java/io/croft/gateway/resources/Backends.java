package io.croft.gateway.resources;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.gateway.routing.Backend.Broken;
import io.croft.gateway.routing.Backend.Target;
import io.croft.pki.Identity;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Resolves the references of one route to services, and keeps the first that leads nowhere.
final class Backends {
  private final Services services;
  private final Grants grants;
  private final String namespace;
  private final @Nullable Identity client;
  private Optional<Condition> problem = Optional.empty();

  /// @param namespace of the route
  /// @param client what the gateway shows to upstreams
  Backends(Services services, Grants grants, String namespace, @Nullable Identity client) {
    this.services = services;
    this.grants = grants;
    this.namespace = namespace;
    this.client = client;
  }

  Target target(JsonNode ref) {
    String name = ref.path("name").asText("");
    String kind = ref.path("kind").asText("Service");
    String group = ref.path("group").asText("");
    String there = ref.path("namespace").asText(namespace);
    if (!group.isEmpty() || !kind.equals("Service")) {
      return broken("InvalidKind", "a backend is a Service, not a " + kind + " of " + group);
    }
    if (!grants.allow(Kinds.GROUP, "HTTPRoute", namespace, "", "Service", there, name)) {
      return broken(
          "RefNotPermitted",
          "no ReferenceGrant lets routes of %s refer to the service %s/%s"
              .formatted(namespace, there, name));
    }
    return switch (services.find(there, name, ref.path("port"), client)) {
      case Services.Found.Service(var service) -> service;
      case Services.Found.Not(String reason, String message) -> broken(reason, message);
    };
  }

  private Target broken(String reason, String message) {
    if (problem.isEmpty()) {
      problem = Optional.of(Condition.bad("ResolvedRefs", reason, message));
    }
    // Whoever sends requests need not know what is where.
    return new Broken("the route leads to a service that cannot be used");
  }

  /// The condition `ResolvedRefs` of the route.
  Condition refs() {
    return problem.orElse(Condition.good("ResolvedRefs"));
  }
}
