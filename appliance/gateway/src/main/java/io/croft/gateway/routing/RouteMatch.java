package io.croft.gateway.routing;

import io.croft.base.http.HttpRequest;
import java.util.Comparator;
import java.util.List;

/// Which requests a route is for; all parts must match.
///
/// @param method empty for all
public record RouteMatch(
    PathMatch path, List<FieldMatch> headers, List<FieldMatch> query, String method) {
  /// The better match first, in the order that Gateway API prescribes: path, method, number of
  /// headers, number of parameters.
  static final Comparator<RouteMatch> BY_PRECEDENCE =
      Comparator.comparingInt((RouteMatch m) -> m.path.rank())
          .thenComparingInt(m -> m.path.length())
          .thenComparingInt(m -> m.method.isEmpty() ? 0 : 1)
          .thenComparingInt(m -> m.headers.size())
          .thenComparingInt(m -> m.query.size())
          .reversed();

  public RouteMatch {
    headers = List.copyOf(headers);
    query = List.copyOf(query);
  }

  public static RouteMatch path(PathMatch path) {
    return new RouteMatch(path, List.of(), List.of(), "");
  }

  /// @param path as {@link RoutePath} reads it
  boolean matches(String path, HttpRequest request) {
    return this.path.matches(path)
        && (method.isEmpty() || method.equals(request.method()))
        && headers.stream()
            .allMatch(h ->
                h.value().matches(String.join(",", request.headers().all(h.name())))
                    && request.headers().first(h.name()).isPresent())
        && query.stream()
            .allMatch(q -> request.query().first(q.name()).filter(q.value()::matches).isPresent());
  }

  /// As it stands in a message.
  public String shown() {
    return path.shown()
        + (method.isEmpty() ? "" : ", method " + method)
        + (headers.isEmpty() ? "" : ", " + headers.size() + " headers")
        + (query.isEmpty() ? "" : ", " + query.size() + " parameters");
  }
}
