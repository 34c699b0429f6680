package io.croft.gateway;

import io.croft.base.http.Query;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A request target in origin form (`/path?query`) or absolute form (`https://host/path?query`);
/// RFC 9112 section 3.2.
///
/// @param authority of the absolute form; null in origin form
/// @param path percent-encoded, starts with `/`
record RequestTarget(@Nullable String authority, String path, Query query) {
  private static final Pattern AUTHORITY = Pattern.compile("(?i)^https?://([^/?#]*)");

  /// @throws IllegalArgumentException when it has neither form, holds characters that must be
  ///   percent-encoded, or an escape sequence in the query is malformed
  static RequestTarget parse(String uri) {
    requirePrintableAscii(uri);
    if (!uri.startsWith("/")) {
      Matcher absolute = AUTHORITY.matcher(uri);
      if (absolute.lookingAt()) {
        String rest = uri.substring(absolute.end());
        return origin(absolute.group(1), rest.startsWith("/") ? rest : "/" + rest);
      }
    }
    return origin(null, uri);
  }

  private static RequestTarget origin(@Nullable String authority, String origin) {
    int question = origin.indexOf('?');
    String path = question < 0 ? origin : origin.substring(0, question);
    String query = question < 0 ? "" : origin.substring(question + 1);
    if (!path.startsWith("/")) {
      throw new IllegalArgumentException("it does not start with '/'");
    }
    return new RequestTarget(authority, path, Query.parse(query));
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
