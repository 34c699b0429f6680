package io.croft.gateway.routing;

/// Another path than was asked for.
public sealed interface PathChange {
  /// @param path percent-encoded
  /// @param match by which the route was found
  String apply(String path, PathMatch match);

  /// All of it.
  record Full(String replacement) implements PathChange {
    @Override
    public String apply(String path, PathMatch match) {
      return replacement;
    }
  }

  /// Only the prefix that matched.
  record Prefix(String replacement) implements PathChange {
    @Override
    public String apply(String path, PathMatch match) {
      String rest = path;
      if (match instanceof PathMatch.Prefix prefix) {
        rest = after(path, prefix.path().chars().filter(c -> c == '/').count());
      }
      String start =
          replacement.endsWith("/")
              ? replacement.substring(0, replacement.length() - 1)
              : replacement;
      String whole = start + rest;
      return whole.isEmpty() ? "/" : whole;
    }

    /// What follows the first segments. They are counted, not compared: the path as it was sent may
    /// have escapes and superfluous slashes where the match has none.
    private static String after(String path, long segments) {
      int at = 0;
      for (long i = 0; i < segments; i++) {
        while (at < path.length() && slash(path, at) > 0) {
          at += slash(path, at);
        }
        while (at < path.length() && slash(path, at) == 0) {
          at++;
        }
      }
      return path.substring(at);
    }

    /// How many characters of a slash, escaped or not, stand there; 0 when there is none.
    private static int slash(String path, int at) {
      if (path.charAt(at) == '/') {
        return 1;
      }
      return path.regionMatches(true, at, "%2f", 0, 3) ? 3 : 0;
    }
  }
}
