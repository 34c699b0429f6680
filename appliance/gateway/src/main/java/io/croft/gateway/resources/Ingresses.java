package io.croft.gateway.resources;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.gateway.resources.Translation.StatusUpdate;
import io.croft.gateway.routing.Backend;
import io.croft.gateway.routing.HostPattern;
import io.croft.gateway.routing.PathMatch;
import io.croft.gateway.routing.Route;
import io.croft.gateway.routing.RouteMatch;
import io.croft.gateway.routing.RouteTable;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.pki.Identity;
import io.croft.security.Access;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;

/// Makes routes of the ingresses of our class. As everywhere, callers must be known, unless the
/// `RouteAccess` that an annotation names says otherwise.
final class Ingresses {
  /// Names the `RouteAccess` of the same namespace that says who is let through.
  static final String ACCESS = Kinds.OWN_GROUP + "/access";

  static final String CONTROLLER = "gateway.croft.io/ingress-controller";

  /// In the status of an ingress that names a host of another namespace.
  static final String HOST_TAKEN = Kinds.OWN_GROUP + "/HostTaken";

  private static final int HTTPS = 443;

  private static final String DEFAULT_CLASS = "ingressclass.kubernetes.io/is-default-class";

  /// The class of ingresses that were made before there was a field for it.
  private static final String CLASS_ANNOTATION = "kubernetes.io/ingress.class";

  private final Cluster cluster;
  private final Services services;
  private final TlsSecrets secrets;
  private final Supplier<List<String>> addresses;
  private final Accesses accesses;

  Ingresses(
      Cluster cluster, Services services, TlsSecrets secrets, Supplier<List<String>> addresses) {
    this.cluster = cluster;
    this.services = services;
    this.secrets = secrets;
    this.addresses = addresses;
    this.accesses = new Accesses(cluster);
  }

  /// @param claims which hosts are whose; ingresses add theirs, the oldest first
  void translate(
      List<RouteTable.Entry> entries,
      HostClaims claims,
      Map<String, Identity> certificates,
      List<StatusUpdate> statuses) {
    Set<String> classes = new HashSet<>();
    boolean byDefault = false;
    for (ApiObject ingressClass : cluster.list(Kinds.INGRESS_CLASSES)) {
      if (ingressClass.json().path("spec").path("controller").asText("").equals(CONTROLLER)) {
        classes.add(ingressClass.name());
        byDefault |= "true".equals(ingressClass.annotations().get(DEFAULT_CLASS));
      }
    }
    for (ApiObject ingress :
        cluster.list(Kinds.INGRESSES).stream().sorted(Cluster.BY_AGE).toList()) {
      String wanted =
          ingress
              .json()
              .path("spec")
              .path("ingressClassName")
              .asText(ingress.annotations().getOrDefault(CLASS_ANNOTATION, ""));
      if (wanted.isEmpty() ? byDefault : classes.contains(wanted)) {
        Set<String> refused = refused(ingress, claims);
        if (take(ingress, refused, entries)) {
          certify(ingress, claims, certificates);
        }
        statuses.add(new StatusUpdate(Kinds.INGRESSES, ingress, status(refused)));
      }
    }
  }

  /// The hosts that are another namespace's; the others are this one's from here on.
  private static Set<String> refused(ApiObject ingress, HostClaims claims) {
    Set<String> refused = new TreeSet<>();
    for (JsonNode rule : ingress.json().path("spec").path("rules")) {
      var host = new HostPattern(rule.path("host").asText(""));
      if (claims.allow(host, ingress.namespace())) {
        claims.add(host, ingress.namespace());
      } else {
        refused.add(host.text());
      }
    }
    return refused;
  }

  /// @param refused hosts that are another's
  /// @return false when it cannot be told who may be let in
  private boolean take(ApiObject ingress, Set<String> refused, List<RouteTable.Entry> entries) {
    Access access;
    try {
      access = access(ingress);
    } catch (RouteProblem e) {
      return false; // who was to be kept out must not be let in
    }
    JsonNode spec = ingress.json().path("spec");
    Instant created = Objects.requireNonNullElse(ingress.creationTimestamp(), Instant.MAX);
    String object = ingress.namespace() + "/" + ingress.name();
    int number = 0;
    for (JsonNode rule : spec.path("rules")) {
      var host = new HostPattern(rule.path("host").asText(""));
      if (refused.contains(host.text())) {
        continue;
      }
      for (JsonNode path : rule.path("http").path("paths")) {
        entries.add(
            new RouteTable.Entry(
                host,
                RouteMatch.path(path(path)),
                new RouteTable.Origin(created, object, number++),
                route(ingress, path.path("backend"), access)));
      }
    }
    if (spec.path("defaultBackend").isObject()) {
      entries.add(
          new RouteTable.Entry(
              HostPattern.ALL,
              RouteMatch.path(new PathMatch.Prefix("")),
              new RouteTable.Origin(created, object, number),
              route(ingress, spec.path("defaultBackend"), access)));
    }
    return true;
  }

  private Access access(ApiObject ingress) throws RouteProblem {
    String named = ingress.annotations().getOrDefault(ACCESS, "");
    if (named.isEmpty()) {
      return Access.AUTHENTICATED;
    }
    ObjectNode filter = Json.object().put("type", "ExtensionRef");
    filter
        .putObject("extensionRef")
        .put("group", Kinds.OWN_GROUP)
        .put("kind", "RouteAccess")
        .put("name", named);
    return accesses.of(Json.array().add(filter), ingress.namespace(), "metadata.annotations");
  }

  /// What is specific to implementations is the same as a prefix here.
  private static PathMatch path(JsonNode path) {
    String value = path.path("path").asText("/");
    return path.path("pathType").asText("").equals("Exact")
        ? new PathMatch.Exact(value)
        : new PathMatch.Prefix(value);
  }

  private Route route(ApiObject ingress, JsonNode backend, Access access) {
    JsonNode service = backend.path("service");
    JsonNode port = service.path("port");
    Backend.Target target =
        switch (services.find(
            ingress.namespace(),
            service.path("name").asText(""),
            port.has("number") ? port.path("number") : port.path("name"),
            null)) {
          case Services.Found.Service(var found) -> found;
          case Services.Found.Not _ ->
              new Backend.Broken("the route leads to a service that cannot be used");
        };
    return new Route(
        "Ingress " + ingress.namespace() + "/" + ingress.name(),
        access,
        List.of(),
        List.of(new Backend(1, List.of(), target)),
        Route.Timeouts.USUAL,
        Route.Retry.USUAL);
  }

  private void certify(ApiObject ingress, HostClaims claims, Map<String, Identity> certificates) {
    for (JsonNode tls : ingress.json().path("spec").path("tls")) {
      secrets
          .identity(ingress.namespace(), tls.path("secretName").asText(""))
          .ifPresent(identity -> {
            var names = new ArrayList<String>();
            tls.path("hosts").forEach(host -> names.add(host.asText("")));
            for (String name : names.isEmpty() ? CertificateNames.of(identity) : names) {
              if (claims.allow(new HostPattern(name), ingress.namespace())) {
                certificates.putIfAbsent(name, identity);
              }
            }
          });
    }
  }

  private ObjectNode status(Set<String> refused) {
    ObjectNode status = Json.object();
    var points = status.putObject("loadBalancer").putArray("ingress");
    for (String address : addresses.get()) {
      boolean numeric = address.indexOf(':') >= 0 || address.matches("[0-9.]+");
      ObjectNode point = points.addObject().put(numeric ? "ip" : "hostname", address);
      if (!refused.isEmpty()) {
        point
            .putArray("ports")
            .addObject()
            .put("port", HTTPS)
            .put("protocol", "TCP")
            .put("error", HOST_TAKEN);
      }
    }
    return status;
  }
}
