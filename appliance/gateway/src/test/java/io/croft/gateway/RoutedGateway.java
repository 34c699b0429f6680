package io.croft.gateway;

import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.gateway.proxy.RouteProxy;
import io.croft.gateway.proxy.UpstreamLimits;
import io.croft.gateway.proxy.Upstreams;
import io.croft.gateway.routing.Backend;
import io.croft.gateway.routing.Filter;
import io.croft.gateway.routing.HostPattern;
import io.croft.gateway.routing.PathMatch;
import io.croft.gateway.routing.Route;
import io.croft.gateway.routing.RouteMatch;
import io.croft.gateway.routing.RouteTable;
import io.croft.gateway.routing.Routes;
import io.croft.metrics.Metrics;
import io.croft.security.Access;
import io.croft.security.Attributes;
import io.croft.security.AuditEvent;
import io.croft.security.AuditPolicy;
import io.croft.security.Authenticator;
import io.croft.security.Decision;
import io.croft.security.OpenAnswers;
import io.croft.security.OpenRoutes;
import io.croft.security.RequestChain;
import io.croft.security.RequestRates;
import io.croft.security.UserInfo;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// A gateway with routes, where `Authorization: alice` makes one Alice, and everybody may do what
/// is not called `forbidden`.
final class RoutedGateway implements AutoCloseable {
  static final Access ANYBODY = new Access(true, Optional.empty(), Optional.empty(), false);

  final List<AuditEvent> events = new CopyOnWriteArrayList<>();
  final RequestChain chain;
  final RunningGateway running;
  private final Routes routes;
  private final Upstreams upstreams;
  private final List<RouteTable.Entry> entries = new ArrayList<>();

  RoutedGateway() {
    this(UpstreamLimits.USUAL.withLocalAddresses(true));
  }

  RoutedGateway(UpstreamLimits limits) {
    this(limits, RoutedGateway::byName);
  }

  RoutedGateway(Authenticator authenticator) {
    this(UpstreamLimits.USUAL.withLocalAddresses(true), authenticator);
  }

  private RoutedGateway(UpstreamLimits limits, Authenticator authenticator) {
    var loops = new EventLoops();
    loops.start();
    upstreams = new Upstreams(loops, limits, this::port);
    upstreams.start();
    routes = new Routes(name -> false, true, new RouteProxy(upstreams, new Metrics()));
    chain =
        new RequestChain(
            authenticator,
            RoutedGateway::decide,
            events::add,
            AuditPolicy.USUAL,
            (_, _) -> HttpResponse.of(200, "text/plain", new byte[] {'a', 'p', 'i'}),
            routes,
            OpenRoutes.NONE,
            RequestRates.UNLIMITED,
            new OpenAnswers(),
            InstantSource.system());
    running = RunningGateway.start(loops, chain);
  }

  private int port() {
    return running.port();
  }

  private static Decision decide(Attributes attributes) {
    if (attributes.info().path().contains("forbidden")) {
      return Decision.noOpinion("it is called so");
    }
    return attributes.info().verb().equals("impersonate")
            && attributes.user().name().equals(UserInfo.ANONYMOUS.name())
        ? Decision.noOpinion("nobody passes for somebody")
        : Decision.allow("test");
  }

  private static Authenticator.Outcome byName(HttpRequest request) {
    return request
        .headers()
        .first("authorization")
        .<Authenticator.Outcome>map(RoutedGateway::judge)
        .orElse(new Authenticator.Outcome.NoCredentials());
  }

  private static Authenticator.Outcome judge(String authorization) {
    return authorization.equals("alice")
        ? new Authenticator.Outcome.Authenticated(
            new UserInfo(
                "alice",
                "u-1",
                List.of("gardeners", UserInfo.AUTHENTICATED),
                Map.of("example.com/tent", List.of("ä b"))))
        : new Authenticator.Outcome.Rejected("not Alice", false);
  }

  static Backend backend(int weight, Backend.Endpoint... endpoints) {
    return new Backend(
        weight,
        List.of(),
        new Backend.Service("default/test", List.of(endpoints), Backend.Protocol.HTTP_1, null));
  }

  static Route route(Access access, List<Filter> filters, Backend... backends) {
    return new Route(
        "test", access, filters, List.of(backends), Route.Timeouts.USUAL, Route.Retry.USUAL);
  }

  static Route route(Access access, Backend.Endpoint... endpoints) {
    return route(access, List.of(), backend(1, endpoints));
  }

  static Route patient(Duration request, Duration backend, Backend.Endpoint... endpoints) {
    return new Route(
        "test",
        ANYBODY,
        List.of(),
        List.of(backend(1, endpoints)),
        new Route.Timeouts(request, backend),
        Route.Retry.USUAL);
  }

  /// Adds a route below a path.
  RoutedGateway with(String prefix, Route route) {
    entries.add(
        new RouteTable.Entry(
            HostPattern.ALL,
            RouteMatch.path(new PathMatch.Prefix(prefix)),
            new RouteTable.Origin(Instant.EPOCH, "test", entries.size()),
            route));
    routes.replace(RouteTable.of(entries));
    return this;
  }

  /// Replaces all routes by one.
  void only(String prefix, Route route) {
    entries.clear();
    with(prefix, route);
  }

  @Override
  public void close() {
    upstreams.stop();
    running.close();
  }

  java.net.http.HttpResponse<String> get(String target, String... headers) throws Exception {
    return send(HttpClient.Version.HTTP_1_1, target, headers);
  }

  java.net.http.HttpResponse<String> send(
      HttpClient.Version version, String target, String... headers) throws Exception {
    java.net.http.HttpRequest.Builder request = running.request(target);
    if (headers.length > 0) {
      request.headers(headers);
    }
    return RunningGateway.get(running.client(version), request);
  }

  /// Nobody listens there.
  static Backend.Endpoint closedPort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return new Backend.Endpoint("127.0.0.1", socket.getLocalPort());
    }
  }

  /// For what serves: it may throw nothing else.
  static void await(CountDownLatch latch) throws IOException {
    try {
      if (!latch.await(60, TimeUnit.SECONDS)) {
        throw new IOException("waited in vain");
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
