package io.croft.gateway.resources;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.gateway.routing.Backend;
import io.croft.gateway.routing.Backend.Endpoint;
import io.croft.gateway.routing.Backend.Protocol;
import io.croft.gateway.routing.UpstreamTls;
import io.croft.model.ApiObject;
import io.croft.pki.Identity;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Where services are served: by their endpoint slices, else by their endpoints; one of the type
/// `ExternalName` at the host that it names.
final class Services {
  private final Cluster cluster;
  private final TlsPolicies policies;

  Services(Cluster cluster, TlsPolicies policies) {
    this.cluster = cluster;
    this.policies = policies;
  }

  /// A service's port, or why there is none.
  sealed interface Found {
    record Service(Backend.Service service) implements Found {}

    /// @param reason of a condition `ResolvedRefs`
    record Not(String reason, String message) implements Found {}
  }

  /// @param port its number or its name
  /// @param client what the gateway shows to a server that wants TLS
  Found find(String namespace, String name, JsonNode port, @Nullable Identity client) {
    Optional<ApiObject> found = cluster.get(Kinds.SERVICES, namespace, name);
    String shown = namespace + "/" + name;
    if (found.isEmpty()) {
      return new Found.Not("BackendNotFound", "there is no service " + shown);
    }
    JsonNode spec = found.get().json().path("spec");
    JsonNode matching = port(spec.path("ports"), port);
    boolean external = spec.path("type").asText("").equals("ExternalName");
    if (matching == null && !(external && port.isInt())) {
      return new Found.Not(
          "BackendNotFound", "the service " + shown + " has no port " + port.asText());
    }
    String protocol = matching == null ? "" : matching.path("appProtocol").asText("");
    if (protocol.equals("kubernetes.io/wss")) {
      return new Found.Not(
          "UnsupportedProtocol", "the protocol " + protocol + " is not supported; use a policy");
    }
    String portName = matching == null ? "" : matching.path("name").asText("");
    UpstreamTls tls;
    try {
      tls = policies.of(namespace, name, portName, client);
    } catch (TlsPolicies.InvalidPolicyException e) {
      return new Found.Not("BackendNotFound", "the service " + shown + ": " + e.getMessage());
    }
    if (tls == null && (protocol.equals("https") || protocol.equals("HTTPS"))) {
      tls =
          new UpstreamTls(
              external ? spec.path("externalName").asText("") : name + "." + namespace + ".svc",
              List.of(),
              null,
              client);
    }
    List<Endpoint> endpoints =
        external
            ? List.of(new Endpoint(spec.path("externalName").asText(""), number(matching, port)))
            : endpoints(namespace, name, portName);
    boolean h2c = protocol.equals("kubernetes.io/h2c") && tls == null;
    return new Found.Service(
        new Backend.Service(shown, endpoints, h2c ? Protocol.H2C : Protocol.HTTP_1, tls));
  }

  private static int number(@Nullable JsonNode matching, JsonNode wanted) {
    return matching == null ? wanted.asInt() : matching.path("port").asInt();
  }

  private static @Nullable JsonNode port(JsonNode ports, JsonNode wanted) {
    for (JsonNode port : ports) {
      boolean same =
          wanted.isTextual()
              ? port.path("name").asText("").equals(wanted.asText())
              : port.path("port").asInt() == wanted.asInt();
      if (same) {
        return port;
      }
    }
    return null;
  }

  private List<Endpoint> endpoints(String namespace, String name, String portName) {
    var endpoints = new ArrayList<Endpoint>();
    List<ApiObject> slices = cluster.slices(namespace, name);
    for (ApiObject slice : slices) {
      for (JsonNode port : slice.json().path("ports")) {
        if (port.path("name").asText("").equals(portName)) {
          fromSlice(slice.json().path("endpoints"), port.path("port").asInt(), endpoints);
        }
      }
    }
    if (slices.isEmpty()) {
      cluster
          .get(Kinds.ENDPOINTS, namespace, name)
          .ifPresent(e -> fromSubsets(e.json().path("subsets"), portName, endpoints));
    }
    return endpoints;
  }

  private static void fromSlice(JsonNode from, int port, List<Endpoint> endpoints) {
    for (JsonNode endpoint : from) {
      if (port > 0 && endpoint.path("conditions").path("ready").asBoolean(true)) {
        for (JsonNode address : endpoint.path("addresses")) {
          endpoints.add(new Endpoint(address.asText(), port));
        }
      }
    }
  }

  private static void fromSubsets(JsonNode subsets, String portName, List<Endpoint> endpoints) {
    for (JsonNode subset : subsets) {
      for (JsonNode port : subset.path("ports")) {
        if (port.path("name").asText("").equals(portName)) {
          for (JsonNode address : subset.path("addresses")) {
            endpoints.add(new Endpoint(address.path("ip").asText(""), port.path("port").asInt()));
          }
        }
      }
    }
  }
}
