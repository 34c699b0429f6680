package io.croft.gateway.routing;

import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.security.Destination;
import io.croft.security.Destinations;
import io.croft.security.RequestContext;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/// The routes in force. A new table takes the place of the old at once; requests that are on their
/// way keep to the route under which they came in. Thread-safe.
///
/// What the appliance itself serves cannot be taken from it: under its own names, under addresses,
/// and by routes that name no host its paths are its own. Under any other name the paths are those
/// of the routes that name it: no client of the appliance goes there, for its certificate has no
/// such name.
///
/// Unless that is allowed, routes serve nothing under its own names and under addresses: there a
/// page of a service would be of the same origin as the login, and a browser would let it do
/// whatever the user can.
public final class Routes implements Destinations {
  /// The first segments of the appliance's own paths.
  private static final Set<String> RESERVED =
      Set.of(
          "api",
          "apis",
          "croft",
          "healthz",
          "identity",
          "livez",
          "metrics",
          "openapi",
          "openid",
          "pki",
          "readyz",
          "version",
          ".well-known");

  private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|\\[.*|");

  private final Predicate<String> ownName;
  private final boolean underOwnNames;
  private final Handler handler;
  private volatile RouteTable table = RouteTable.EMPTY;

  /// Passes a request on.
  @FunctionalInterface
  public interface Handler {
    HttpResponse handle(HttpRequest request, RequestContext context, RouteTable.Entry entry);
  }

  /// @param ownName whether the appliance's certificate has a name, which is in lower case
  /// @param underOwnNames whether routes may serve under those names, and under addresses
  public Routes(Predicate<String> ownName, boolean underOwnNames, Handler handler) {
    this.ownName = ownName;
    this.underOwnNames = underOwnNames;
    this.handler = handler;
  }

  public void replace(RouteTable next) {
    table = next;
  }

  @Override
  public Optional<Destination> find(HttpRequest request) {
    RouteTable current = table;
    if (current == RouteTable.EMPTY) {
      return Optional.empty();
    }
    Optional<String> path = RoutePath.of(request);
    if (path.isEmpty()) {
      return Optional.empty();
    }
    String host = host(request);
    return current
        .find(host, path.get(), request)
        .filter(entry -> mayServe(entry, host, path.get()))
        .map(entry ->
            new Destination(
                entry.route().access(),
                (received, context) -> handler.handle(received, context, entry)));
  }

  private boolean mayServe(RouteTable.Entry entry, String host, String path) {
    return isOwn(host)
        ? underOwnNames && !isReserved(path)
        : entry.host().isNamed() || !isReserved(path);
  }

  private boolean isOwn(String host) {
    return ADDRESS.matcher(host).matches() || ownName.test(host);
  }

  private static boolean isReserved(String path) {
    int end = path.indexOf('/', 1);
    return RESERVED.contains(end < 0 ? path.substring(1) : path.substring(1, end));
  }

  /// The host that a request is for, without its port, in lower case.
  static String host(HttpRequest request) {
    String field = request.headers().first("host").orElse("").toLowerCase(Locale.ROOT);
    int colon =
        field.startsWith("[") ? field.indexOf(':', field.indexOf(']') + 1) : field.indexOf(':');
    String host = colon < 0 ? field : field.substring(0, colon);
    return host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
  }
}
