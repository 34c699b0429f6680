package io.croft.gateway.resources;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.gateway.resources.Translation.StatusUpdate;
import io.croft.gateway.routing.Backend;
import io.croft.gateway.routing.HostPattern;
import io.croft.gateway.routing.Route;
import io.croft.gateway.routing.RouteMatch;
import io.croft.gateway.routing.RouteTable;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.Json;
import io.croft.model.LabelSelector;
import io.croft.pki.Identity;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// Makes routes of emissary's `Mapping`s, and shows the certificates of its `Host`s. As everywhere,
/// callers must be known, unless the `RouteAccess` that an annotation names says otherwise.
///
/// Where there are hosts a mapping is served under those that it fits, else under its own name. Of
/// several that ask for the same, those that differ in their service and weight alone share it.
final class Mappings {
  private static final String DEFAULT_ID = "default";
  private static final int WHOLE = 100;

  private final Cluster cluster;
  private final HttpRoutes routes;
  private final TlsSecrets secrets;

  Mappings(Cluster cluster, HttpRoutes routes, TlsSecrets secrets) {
    this.cluster = cluster;
    this.routes = routes;
    this.secrets = secrets;
  }

  /// What can be asked for once only.
  private record Asked(HostPattern host, RouteMatch match) {}

  private record Member(ApiObject mapping, HttpRoutes.Rule rule) {}

  /// @param claims which hosts routes and ingresses have
  void translate(
      List<RouteTable.Entry> entries,
      HostClaims claims,
      Map<String, Identity> certificates,
      List<StatusUpdate> statuses) {
    List<ApiObject> hosts = ours(Kinds.HOSTS);
    for (ApiObject host : hosts) {
      statuses.add(new StatusUpdate(Kinds.HOSTS, host, take(host, claims, certificates)));
    }
    Map<Asked, List<Member>> asked = new LinkedHashMap<>();
    for (ApiObject mapping : ours(Kinds.MAPPINGS)) {
      ObjectNode status = Json.object();
      try {
        take(mapping, hosts, claims, asked);
        status.put("state", "Running");
      } catch (RouteProblem e) {
        status.put("state", "Inactive").put("reason", e.text());
      }
      statuses.add(new StatusUpdate(Kinds.MAPPINGS, mapping, status));
    }
    asked.forEach((what, members) -> entries.add(entry(what, members)));
  }

  /// The oldest first, without those for another gateway of the same kind.
  private List<ApiObject> ours(GroupVersionResource kind) {
    return cluster.list(kind).stream()
        .filter(object -> isOurs(object.json().path("spec").path("ambassador_id")))
        .sorted(Cluster.BY_AGE)
        .toList();
  }

  private static boolean isOurs(JsonNode ids) {
    if (ids.isTextual() || ids.isEmpty()) {
      return ids.asText(DEFAULT_ID).equals(DEFAULT_ID);
    }
    for (JsonNode id : ids) {
      if (id.asText("").equals(DEFAULT_ID)) {
        return true;
      }
    }
    return false;
  }

  private ObjectNode take(ApiObject host, HostClaims claims, Map<String, Identity> certificates) {
    JsonNode spec = host.json().path("spec");
    String name = spec.path("hostname").asText("*");
    JsonNode secret = spec.path("tlsSecret");
    ObjectNode status = Json.object();
    if (secret.path("name").asText("").isEmpty()) {
      return status.put("state", "Ready").put("tlsCertificateSource", "None");
    }
    status.put("tlsCertificateSource", "Other");
    String namespace = secret.path("namespace").asText(host.namespace());
    Optional<Identity> identity =
        namespace.equals(host.namespace())
            ? secrets.identity(namespace, secret.path("name").asText(""))
            : Optional.empty();
    if (identity.isEmpty()) {
      return status
          .put("state", "Error")
          .put("errorReason", "spec.tlsSecret is no TLS secret of the same namespace");
    }
    for (String shown : name.equals("*") ? CertificateNames.of(identity.get()) : List.of(name)) {
      if (claims.allow(new HostPattern(shown), host.namespace())) {
        certificates.putIfAbsent(shown, identity.get());
      }
    }
    return status.put("state", "Ready");
  }

  private void take(
      ApiObject mapping, List<ApiObject> hosts, HostClaims claims, Map<Asked, List<Member>> asked)
      throws RouteProblem {
    HttpRoutes.Read read = routes.read(MappingSpec.toRoute(mapping), null);
    if (!read.refs().status()) {
      throw new RouteProblem(read.refs().reason(), read.refs().message());
    }
    HttpRoutes.Rule rule = read.rules().getFirst();
    if (MappingSpec.wantsTls(mapping) && !isOverTls(rule.route())) {
      throw new RouteProblem(
          "UnsupportedValue",
          "spec.service: https:// needs a BackendTLSPolicy, or the appProtocol https at the"
              + " service");
    }
    List<HostPattern> names = names(mapping, hosts);
    if (names.isEmpty()) {
      throw new RouteProblem("NoMatchingHost", "no Host fits its name and labels");
    }
    for (HostPattern name : names) {
      if (!claims.allow(name, mapping.namespace())) {
        throw new RouteProblem("HostTaken", name.text() + " is another namespace's");
      }
    }
    RouteMatch match = rule.matches().getFirst();
    for (HostPattern name : names) {
      List<Member> members = asked.getOrDefault(new Asked(name, match), List.of());
      if (!members.isEmpty() && !rest(members.getFirst().mapping()).equals(rest(mapping))) {
        ApiObject first = members.getFirst().mapping();
        throw new RouteProblem(
            "Conflicted",
            match.shown() + " is already served by " + first.namespace() + "/" + first.name());
      }
    }
    for (HostPattern name : names) {
      asked
          .computeIfAbsent(new Asked(name, match), _ -> new ArrayList<>())
          .add(new Member(mapping, rule));
    }
  }

  private static boolean isOverTls(Route route) {
    return route.backends().stream()
        .allMatch(b -> b.target() instanceof Backend.Service service && service.tls() != null);
  }

  /// What mappings that share must agree about.
  private static JsonNode rest(ApiObject mapping) {
    ObjectNode rest = Json.object();
    rest.put("access", mapping.annotations().getOrDefault(Ingresses.ACCESS, ""));
    rest.put("namespace", mapping.namespace());
    for (Map.Entry<String, JsonNode> field : mapping.json().path("spec").properties()) {
      if (!field.getKey().equals("service") && !field.getKey().equals("weight")) {
        rest.set(field.getKey(), field.getValue());
      }
    }
    return rest;
  }

  /// The hosts under which a mapping is served.
  private static List<HostPattern> names(ApiObject mapping, List<ApiObject> hosts)
      throws RouteProblem {
    JsonNode spec = mapping.json().path("spec");
    HostPattern own = pattern(spec.path("hostname").asText(spec.path("host").asText("*")));
    if (hosts.isEmpty()) {
      return List.of(own);
    }
    var names = new ArrayList<HostPattern>();
    for (ApiObject host : hosts) {
      JsonNode declared = host.json().path("spec");
      if (selects(declared, mapping)) {
        pattern(declared.path("hostname").asText("*"))
            .intersect(own)
            .filter(name -> !names.contains(name))
            .ifPresent(names::add);
      }
    }
    return names;
  }

  private static HostPattern pattern(String text) throws RouteProblem {
    if (text.equals("*")) {
      return HostPattern.ALL;
    }
    if (text.indexOf('*', text.startsWith("*.") ? 1 : 0) >= 0) {
      throw new RouteProblem("UnsupportedValue", "the host " + text + " is no name or wildcard");
    }
    return new HostPattern(text);
  }

  private static boolean selects(JsonNode host, ApiObject mapping) {
    JsonNode selector = host.path(host.has("mappingSelector") ? "mappingSelector" : "selector");
    try {
      return LabelSelector.fromJson(selector.isObject() ? selector : Json.object())
          .matches(mapping.labels());
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static RouteTable.Entry entry(Asked asked, List<Member> members) {
    Member first = members.getFirst();
    ApiObject oldest = first.mapping();
    var origin =
        new RouteTable.Origin(
            Objects.requireNonNullElse(oldest.creationTimestamp(), Instant.MAX),
            oldest.namespace() + "/" + oldest.name(),
            0);
    Route route = first.rule().route();
    return new RouteTable.Entry(
        asked.host(), asked.match(), origin, members.size() == 1 ? route : shared(route, members));
  }

  /// Those with a weight get so many of a hundred requests, the others the rest.
  private static Route shared(Route route, List<Member> members) {
    int said = members.stream().mapToInt(m -> Math.max(0, weight(m))).sum();
    int others = (int) members.stream().filter(m -> weight(m) < 0).count();
    var backends = new ArrayList<Backend>();
    for (Member member : members) {
      int weight = weight(member);
      int share = weight < 0 ? Math.max(0, WHOLE - said) : weight * Math.max(1, others);
      member
          .rule()
          .route()
          .backends()
          .forEach(b -> backends.add(new Backend(share, b.filters(), b.target())));
    }
    return new Route(
        route.name(), route.access(), route.filters(), backends, route.timeouts(), route.retry());
  }

  /// -1 for none.
  private static int weight(Member member) {
    return Math.min(WHOLE, member.mapping().json().path("spec").path("weight").asInt(-1));
  }
}
