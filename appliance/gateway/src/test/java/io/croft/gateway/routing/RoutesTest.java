package io.croft.gateway.routing;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.re2j.Pattern;
import io.croft.base.http.Headers;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.base.http.Peer;
import io.croft.base.http.Query;
import io.croft.base.http.RequestBody;
import io.croft.security.Access;
import io.croft.security.Destination;
import io.croft.security.RequestContext;
import io.croft.security.RequestInfo;
import io.croft.security.UserInfo;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("S1")
class RoutesTest {
  private static final Instant OLD = Instant.parse("2026-01-01T00:00:00Z");

  private final List<RouteTable.Entry> entries = new ArrayList<>();

  @ParameterizedTest
  @CsvSource({
    "a.example.com, /shop, exact-host",
    "a.example.com:8443, /shop, exact-host",
    "A.Example.Com., /shop, exact-host",
    "b.example.com, /shop, wildcard",
    "b.c.example.com, /shop, wildcard",
    "x.b.c.example.com, /shop, longer-wildcard",
    "example.com, /shop, any",
    "elsewhere.org, /shop, any",
  })
  void prefersTheMostSpecificHost(String host, String path, String route) {
    add("", prefix("/"), "any");
    add("*.example.com", prefix("/"), "wildcard");
    add("*.b.c.example.com", prefix("/"), "longer-wildcard");
    add("a.example.com", prefix("/"), "exact-host");

    assertThat(find("GET", host, path, "")).contains(route);
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /a/b, '', exact",
    "GET, /a/c, '', expression",
    "GET, /a/dd, '', longer-prefix",
    "GET, /a/, '', longer-prefix",
    "GET, /a, '', longer-prefix",
    "GET, /ab, '', prefix",
    "PUT, /m, '', method",
    "GET, /m, '', no-method",
    "GET, /q, x=1, one-parameter",
    "GET, /q, x=1&y=2, two-parameters",
    "GET, /q, x=2, no-parameter",
  })
  void prefersTheBestMatch(String method, String path, String query, String route) {
    add("", prefix("/"), "prefix");
    add("", prefix("/a/"), "longer-prefix");
    add("", RouteMatch.path(new PathMatch.Expression(Pattern.compile("/a/[bc]"))), "expression");
    add("", RouteMatch.path(new PathMatch.Exact("/a/b")), "exact");
    add("", prefix("/m"), "no-method");
    add("", new RouteMatch(new PathMatch.Prefix("/m"), List.of(), List.of(), "PUT"), "method");
    add("", prefix("/q"), "no-parameter");
    add("", withParameters("x=1"), "one-parameter");
    add("", withParameters("x=1", "y=2"), "two-parameters");

    assertThat(find(method, "any.host", path, query)).contains(route);
  }

  @Test
  void prefersTheOlderThenTheFirstByName() {
    var match = prefix("/same");
    entries.add(entry("", match, new RouteTable.Origin(OLD.plusSeconds(1), "a/a", 0), "younger"));
    entries.add(entry("", match, new RouteTable.Origin(OLD, "b/b", 1), "second rule"));
    entries.add(entry("", match, new RouteTable.Origin(OLD, "b/b", 0), "older"));
    entries.add(entry("", match, new RouteTable.Origin(OLD, "c/a", 0), "later by name"));

    assertThat(find("GET", "h", "/same", "")).contains("older");
  }

  /// A path that a server could take for the protected one is looked up as that.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/private",
        "//private",
        "/private/",
        "/%70rivate",
        "/private;x=1",
        "/;x/private",
        "/private;x/y",
        "/private%2fy",
        "/%2fprivate",
        "///private//y"
      })
  void looksUpAProtectedPathHoweverItIsWritten(String path) {
    add("", prefix("/"), "open");
    add("", prefix("/private"), "protected");

    assertThat(find("GET", "h", path, "")).contains("protected");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/a/../private", "/a/%2e%2e/private", "/a/..;x/private", "/a\\private", "/a%5cprivate",
        "/./private", "/a/.;/b", "/%00", "/%ff", "/%zz"
      })
  void looksUpNoPathThatServersReadDifferently(String path) {
    add("", prefix("/"), "open");

    assertThat(find("GET", "h", path, "")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "localhost, /api/v1/namespaces, false",
    "localhost, //api/v1/namespaces, false",
    "localhost, /apis, false",
    "localhost, /apis-of-mine, true",
    "127.0.0.1, /healthz, false",
    "'', /version, false",
    "[::1]:8443, /openapi/v2, false",
    "localhost, /grafana, true",
    "grafana.example.com, /api/dashboards, true",
    "other.example.com, /api/dashboards, false",
    "other.example.com, /grafana, true",
  })
  void leavesTheAppliancesOwnPathsToIt(String host, String path, boolean routed) {
    add("", prefix("/"), "any");
    add("localhost", prefix("/"), "thief");
    add("grafana.example.com", prefix("/"), "grafana");

    assertThat(find("GET", host, path, "").isPresent()).isEqualTo(routed && !host.isEmpty());
  }

  @ParameterizedTest
  @CsvSource({
    "/shop, /store, /shop/a, /store/a",
    "/shop, /store, /shop, /store",
    "/shop/, /store, /shop/, /store/",
    "/shop, /, /shop/a, /a",
    "/shop, /, /shop, /",
    "/, /store, /a/b, /store/a/b",
    "/shop, /store/, //shop//a, /store//a",
    "/a/b, /c, /a%2Fb/d%2fe, /c/d%2fe",
    "/shop, /store, /sh%6fp/%C3%A4, /store/%C3%A4",
  })
  void replacesThePrefixAndLeavesTheRestAsItIs(
      String prefix, String replacement, String path, String result) {
    assertThat(new PathChange.Prefix(replacement).apply(path, new PathMatch.Prefix(prefix)))
        .isEqualTo(result);
  }

  @Test
  void servesNothingWhereTheLoginIsUnlessAllowed() {
    add("", prefix("/"), "all");
    add("localhost", prefix("/named"), "named");
    underOwnNames = false;

    for (String own : List.of("localhost", "LOCALHOST:8443", "127.0.0.1:8443", "[::1]", "")) {
      assertThat(find("GET", own, "/", "")).as(own).isEmpty();
      assertThat(find("GET", own, "/named", "")).as(own).isEmpty();
    }
    assertThat(find("GET", "example.com", "/", "")).contains("all");
    underOwnNames = true;
    assertThat(find("GET", "localhost", "/named", "")).contains("named");
  }

  private static RouteMatch prefix(String path) {
    return RouteMatch.path(new PathMatch.Prefix(path));
  }

  private static RouteMatch withParameters(String... parameters) {
    var fields = new ArrayList<FieldMatch>();
    for (String parameter : parameters) {
      String[] pair = parameter.split("=");
      fields.add(new FieldMatch(pair[0], new FieldMatch.Exact(pair[1])));
    }
    return new RouteMatch(new PathMatch.Prefix("/q"), List.of(), fields, "");
  }

  private boolean underOwnNames = true;

  private void add(String host, RouteMatch match, String name) {
    entries.add(entry(host, match, new RouteTable.Origin(OLD, name, 0), name));
  }

  private static RouteTable.Entry entry(
      String host, RouteMatch match, RouteTable.Origin origin, String name) {
    var route =
        new Route(
            name,
            Access.AUTHENTICATED,
            List.of(),
            List.of(),
            Route.Timeouts.USUAL,
            Route.Retry.USUAL);
    return new RouteTable.Entry(new HostPattern(host), match, origin, route);
  }

  /// The name of the route that a request is passed to.
  private Optional<String> find(String method, String host, String path, String query) {
    var routes =
        new Routes(
            name -> name.equals("localhost"),
            underOwnNames,
            (_, _, entry) -> HttpResponse.of(200, entry.route().name(), new byte[0]));
    routes.replace(RouteTable.of(entries));
    var request =
        new HttpRequest(
            method,
            path,
            Query.parse(query),
            host.isEmpty() ? Headers.EMPTY : Headers.of("host", host),
            RequestBody.EMPTY,
            Peer.IN_PROCESS);
    Optional<Destination> destination = routes.find(request);
    return destination.map(d ->
        d.handler()
            .handle(
                request,
                new RequestContext(
                    UserInfo.of("alice"), RequestInfo.parse(method, "/", Query.EMPTY), "audit-id"))
            .headers()
            .first("content-type")
            .orElseThrow());
  }
}
