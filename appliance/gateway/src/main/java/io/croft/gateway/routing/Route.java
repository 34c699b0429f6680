package io.croft.gateway.routing;

import io.croft.security.Access;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/// What becomes of the requests that a route is for.
///
/// @param name for messages and records: `HTTPRoute shop/web rule 0`
/// @param backends by weight; when empty, requests that no filter answers are answered 500
public record Route(
    String name,
    Access access,
    List<Filter> filters,
    List<Backend> backends,
    Timeouts timeouts,
    Retry retry) {
  public Route {
    filters = List.copyOf(filters);
    backends = List.copyOf(backends);
  }

  /// @param request until the answer is complete; zero for as long as it takes
  /// @param backendRequest until an upstream has begun to answer; zero for as long as it takes
  public record Timeouts(Duration request, Duration backendRequest) {
    public static final Timeouts USUAL = new Timeouts(Duration.ZERO, Duration.ofSeconds(60));
  }

  /// @param codes of answers after which to try again
  /// @param attempts how often to try again
  /// @param backoff how long to wait before
  public record Retry(Set<Integer> codes, int attempts, Duration backoff) {
    /// Another endpoint where one cannot be reached.
    public static final Retry USUAL = new Retry(Set.of(), 1, Duration.ZERO);

    public Retry {
      codes = Set.copyOf(codes);
    }
  }
}
