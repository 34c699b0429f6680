package io.croft.gateway;

import io.croft.base.http.Query;
import java.util.regex.Pattern;

/// A request target in origin form (`/path?query`) or absolute form (`https://host/path?query`);
/// RFC 9112 section 3.2.
///
/// @param path percent-encoded, starts with `/`
record RequestTarget(String path, Query query) {
  private static final Pattern AUTHORITY = Pattern.compile("(?i)^https?://[^/?#]*");

  /// @throws IllegalArgumentException when it has neither form, holds characters that must be
  ///   percent-encoded, or an escape sequence in the query is malformed
  static RequestTarget parse(String uri) {
    requirePrintableAscii(uri);
    String origin = AUTHORITY.matcher(uri).replaceFirst("");
    int question = origin.indexOf('?');
    String path = question < 0 ? origin : origin.substring(0, question);
    String query = question < 0 ? "" : origin.substring(question + 1);
    if (path.isEmpty() && !origin.equals(uri)) {
      path = "/";
    }
    if (!path.startsWith("/")) {
      throw new IllegalArgumentException("it does not start with '/'");
    }
    return new RequestTarget(path, Query.parse(query));
  }

  private static void requirePrintableAscii(String uri) {
    for (int i = 0; i < uri.length(); i++) {
      char c = uri.charAt(i);
      if (c <= ' ' || c >= 0x7f || c == '#') {
        throw new IllegalArgumentException(
            "character U+%04X at position %d must be percent-encoded".formatted((int) c, i));
      }
    }
  }
}
