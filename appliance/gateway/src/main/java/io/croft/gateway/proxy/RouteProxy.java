package io.croft.gateway.proxy;

import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.gateway.routing.Backend;
import io.croft.gateway.routing.Filter;
import io.croft.gateway.routing.RouteTable;
import io.croft.gateway.routing.Routes;
import io.croft.metrics.Metrics;
import io.croft.security.RequestContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/// Answers requests by what their routes say: with a redirection, or by asking a service.
/// Thread-safe; blocks.
public final class RouteProxy implements Routes.Handler {
  /// How many may wait for the beginning of an answer. Half of what the gateway takes: services
  /// that hang must leave room for the API.
  private static final int MAX_WAITING = 512;

  /// A tunnel past all rules; and what would show a script the fields that it may not see.
  private static final Set<String> UNPASSED = Set.of("CONNECT", "TRACE");

  private static final double[] BOUNDS = {
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60
  };

  private final Semaphore places = new Semaphore(MAX_WAITING);
  private final Upstreams upstreams;

  private final Metrics.Counter requests;
  private final Metrics.Distribution durations;

  public RouteProxy(Upstreams upstreams, Metrics metrics) {
    this.upstreams = upstreams;
    requests =
        metrics.counter(
            "croft_route_requests_total", "Requests for services behind routes.", "code");
    durations =
        metrics.distribution(
            "croft_route_response_seconds",
            "How long it took until the answer of a service began.",
            BOUNDS);
    metrics.value(
        "croft_route_waiting",
        "Requests that wait for the beginning of a service's answer.",
        () -> (double) MAX_WAITING - places.availablePermits());
  }

  @Override
  public HttpResponse handle(HttpRequest request, RequestContext context, RouteTable.Entry entry) {
    if (UNPASSED.contains(request.method())) {
      return Problem.of(request, 405, request.method() + " is not passed on");
    }
    if (request.headers().all("via").stream()
        .anyMatch(via -> via.contains(upstreams.pseudonym()))) {
      return Problem.of(request, 508, "the request has been here before: routes lead in a circle");
    }
    if (!places.tryAcquire()) {
      return Problem.of(request, 503, "too many requests wait for services");
    }
    long started = System.nanoTime();
    try {
      HttpResponse response = answer(request, context, entry);
      requests.increment(Integer.toString(response.status()));
      durations.observe((System.nanoTime() - started) / 1e9);
      return response;
    } finally {
      places.release();
    }
  }

  private HttpResponse answer(HttpRequest request, RequestContext context, RouteTable.Entry entry) {
    context.annotations().accept("gateway.croft.io/route", entry.route().name());
    for (Filter filter : entry.route().filters()) {
      if (filter instanceof Filter.Redirect redirect) {
        return Redirection.of(request, redirect, entry.match().path());
      }
    }
    Backend backend = choose(entry.route().backends());
    if (backend == null) {
      return Problem.of(request, 500, "the route leads to no service");
    }
    return switch (backend.target()) {
      case Backend.Broken(String why) -> Problem.of(request, 500, why);
      case Backend.Service service when service.endpoints().isEmpty() ->
          Problem.of(request, 503, "the service " + service.name() + " has no endpoints");
      case Backend.Service service -> {
        List<Filter> filters = new ArrayList<>(entry.route().filters());
        filters.addAll(backend.filters());
        var mirroring = new Mirroring(upstreams, request, context, entry, filters);
        yield new Forwarding(upstreams, mirroring.request(), context, entry, filters, service)
            .answer();
      }
    };
  }

  /// One of several, each as often as its weight says.
  private static @Nullable Backend choose(List<Backend> backends) {
    int sum = backends.stream().mapToInt(Backend::weight).sum();
    if (sum <= 0) {
      return null;
    }
    int at = ThreadLocalRandom.current().nextInt(sum);
    for (Backend backend : backends) {
      at -= backend.weight();
      if (at < 0) {
        return backend;
      }
    }
    return null;
  }
}
