package io.croft.gateway.routing;

import io.croft.base.http.HttpRequest;
import io.croft.security.RequestInfo;
import java.util.Optional;

/// The path by which a route is looked up. A server behind a route may read a path more loosely
/// than this one does; whatever it could take for a protected path must be looked up as that path.
///
/// So escapes are decoded, several slashes count as one, and parameters of segments (`;v=1`) as
/// nothing. Paths with `.` or `..` segments or with backslashes are not looked up at all.
final class RoutePath {
  private RoutePath() {}

  /// Empty when the path makes no sense or has no business here.
  static Optional<String> of(HttpRequest request) {
    try {
      String path = RequestInfo.parse(request.method(), request.path(), request.query()).path();
      return plain(path);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  static Optional<String> plain(String decoded) {
    if (decoded.indexOf('\\') >= 0) {
      return Optional.empty();
    }
    if (decoded.indexOf(';') < 0 && !decoded.contains("//")) {
      return Optional.of(decoded);
    }
    var plain = new StringBuilder();
    for (String part : decoded.split("/", -1)) {
      int parameters = part.indexOf(';');
      String segment = parameters < 0 ? part : part.substring(0, parameters);
      if (segment.equals(".") || segment.equals("..")) {
        return Optional.empty();
      }
      if (!segment.isEmpty()) {
        plain.append('/').append(segment);
      }
    }
    if (decoded.endsWith("/") || plain.isEmpty()) {
      plain.append('/');
    }
    return Optional.of(plain.toString());
  }
}
