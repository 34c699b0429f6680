package io.croft.gateway.resources;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.gateway.routing.Backend;
import io.croft.gateway.routing.Filter;
import io.croft.gateway.routing.HostPattern;
import io.croft.gateway.routing.Route;
import io.croft.gateway.routing.RouteMatch;
import io.croft.gateway.routing.RouteTable;
import io.croft.model.ApiObject;
import io.croft.pki.Identity;
import io.croft.security.Access;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Makes routes of `HTTPRoute`s.
final class HttpRoutes {
  private final Services services;
  private final Grants grants;
  private final Accesses accesses;

  HttpRoutes(Cluster cluster, Services services) {
    this.services = services;
    this.grants = new Grants(cluster);
    this.accesses = new Accesses(cluster);
  }

  /// What one route says, whatever it is attached to.
  ///
  /// @param refs the condition `ResolvedRefs`
  record Read(List<Rule> rules, Condition refs) {
    /// The entries under some hosts.
    List<RouteTable.Entry> under(Set<HostPattern> hosts, ApiObject route) {
      var entries = new ArrayList<RouteTable.Entry>();
      Instant created = Objects.requireNonNullElse(route.creationTimestamp(), Instant.MAX);
      for (int i = 0; i < rules.size(); i++) {
        var origin = new RouteTable.Origin(created, route.namespace() + "/" + route.name(), i);
        for (RouteMatch match : rules.get(i).matches()) {
          for (HostPattern host : hosts) {
            entries.add(new RouteTable.Entry(host, match, origin, rules.get(i).route()));
          }
        }
      }
      return entries;
    }
  }

  record Rule(List<RouteMatch> matches, Route route) {}

  /// @param client what the gateway shows to upstreams
  /// @throws RouteProblem when the route cannot be accepted
  Read read(ApiObject route, @Nullable Identity client) throws RouteProblem {
    var backends = new Backends(services, grants, route.namespace(), client);
    var filters = new Filters(backends::target);
    var rules = new ArrayList<Rule>();
    int i = 0;
    for (JsonNode rule : route.json().path("spec").path("rules")) {
      rules.add(rule(route, rule, i++, backends, filters));
    }
    return new Read(rules, backends.refs());
  }

  private Rule rule(ApiObject route, JsonNode rule, int index, Backends backends, Filters filters)
      throws RouteProblem {
    String field = "spec.rules[" + index + "]";
    List<RouteMatch> matches = Matches.read(rule, field);
    List<Filter> own = filters.read(rule.path("filters"), field + ".filters", matches);
    Access access = accesses.of(rule.path("filters"), route.namespace(), field + ".filters");
    var targets = new ArrayList<Backend>();
    int i = 0;
    for (JsonNode ref : rule.path("backendRefs")) {
      String at = field + ".backendRefs[" + i++ + "].filters";
      targets.add(
          new Backend(
              ref.path("weight").asInt(1),
              backendFilters(filters.read(ref.path("filters"), at, matches), at),
              backends.target(ref)));
    }
    String kind = route.json().path("kind").asText("HTTPRoute");
    String name = kind + " " + route.namespace() + "/" + route.name() + " rule " + index;
    return new Rule(matches, new Route(name, access, own, targets, timeouts(rule), retry(rule)));
  }

  private static List<Filter> backendFilters(List<Filter> filters, String field)
      throws RouteProblem {
    if (filters.stream().anyMatch(f -> f instanceof Filter.Redirect)) {
      throw new RouteProblem(
          "IncompatibleFilters", field + ": a redirection is for a rule, not for a backend");
    }
    return filters;
  }

  private static Route.Timeouts timeouts(JsonNode rule) {
    JsonNode timeouts = rule.path("timeouts");
    return new Route.Timeouts(
        Durations.parse(timeouts.path("request").asText(""), Route.Timeouts.USUAL.request()),
        Durations.parse(
            timeouts.path("backendRequest").asText(""), Route.Timeouts.USUAL.backendRequest()));
  }

  private static Route.Retry retry(JsonNode rule) {
    JsonNode retry = rule.path("retry");
    if (!retry.isObject()) {
      return Route.Retry.USUAL;
    }
    var codes = new HashSet<Integer>();
    retry.path("codes").forEach(code -> codes.add(code.asInt()));
    return new Route.Retry(
        codes,
        retry.path("attempts").asInt(Route.Retry.USUAL.attempts()),
        Durations.parse(retry.path("backoff").asText(""), Duration.ZERO));
  }
}
