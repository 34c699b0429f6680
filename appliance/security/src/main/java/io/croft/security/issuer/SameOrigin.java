package io.croft.security.issuer;

import io.croft.base.http.HttpRequest;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// Tells requests of our own pages from those that other sites have a browser send: by what
/// browsers say about it (`Origin`, `Sec-Fetch-Site`), and by a header that pages of other sites
/// cannot add. `SameSite=Strict` alone is not enough: other ports of this host, and its neighbours
/// by name, are the same site.
final class SameOrigin {
  /// Any value will do.
  static final String HEADER = "x-croft-request";

  private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS");

  private SameOrigin() {}

  /// Why a request that a cookie comes with is not let in.
  static Optional<String> problem(HttpRequest request) {
    Optional<String> page = problemOfPage(request);
    if (page.isPresent()) {
      return page;
    }
    boolean upgrade = request.headers().first("upgrade").isPresent();
    if (upgrade && request.headers().first("origin").isEmpty()) {
      return Optional.of("an upgrade by a session cookie needs an Origin");
    }
    boolean writes = !SAFE.contains(request.method());
    return writes && request.headers().first(HEADER).isEmpty()
        ? Optional.of("a write by a session cookie needs the header " + HEADER)
        : Optional.empty();
  }

  /// As [#problem], for forms, which cannot add headers and prove themselves otherwise.
  static Optional<String> problemOfPage(HttpRequest request) {
    Optional<String> site = request.headers().first("sec-fetch-site");
    if (site.filter(s -> !s.equals("same-origin") && !s.equals("none")).isPresent()) {
      return Optional.of("the request comes from another site: Sec-Fetch-Site");
    }
    String host = request.headers().first("host").orElse("").toLowerCase(Locale.ROOT);
    return request
            .headers()
            .first("origin")
            .map(origin -> origin.toLowerCase(Locale.ROOT))
            .filter(origin -> !origin.equals("https://" + host))
            // What browsers say where a page does not want to be named.
            .filter(origin -> !origin.equals("null") || site.isEmpty())
            .isPresent()
        ? Optional.of("the request comes from another site: Origin")
        : Optional.empty();
  }
}
