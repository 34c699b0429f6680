package io.croft.gateway.routing;

import org.jspecify.annotations.Nullable;

/// What a route does to requests and answers on their way.
public sealed interface Filter {
  record RequestHeaders(HeaderEdits edits) implements Filter {}

  record ResponseHeaders(HeaderEdits edits) implements Filter {}

  /// Answers with a redirection; nothing is asked for.
  ///
  /// @param port 0 when it follows from the scheme
  record Redirect(
      @Nullable String scheme,
      @Nullable String hostname,
      @Nullable PathChange path,
      int port,
      int status)
      implements Filter {}

  record Rewrite(@Nullable String hostname, @Nullable PathChange path) implements Filter {}

  /// Has a copy of requests sent elsewhere, whose answers nobody sees.
  ///
  /// @param share of the requests, from 0 to 1
  record Mirror(Backend backend, double share) implements Filter {}
}
