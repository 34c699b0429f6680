package io.croft.gateway.routing;

import com.google.re2j.Pattern;

/// Which paths something is for.
public sealed interface PathMatch {
  boolean matches(String path);

  /// For telling which of several is the better match: first the kind, then the length.
  int rank();

  int length();

  /// As it stands in a message.
  String shown();

  /// This path and no other.
  record Exact(String path) implements PathMatch {
    @Override
    public boolean matches(String other) {
      return other.equals(path);
    }

    @Override
    public int rank() {
      return 2;
    }

    @Override
    public int length() {
      return path.length();
    }

    @Override
    public String shown() {
      return "path " + path;
    }
  }

  /// This path and all below it, by whole segments.
  ///
  /// @param path without a slash at the end; empty for all paths
  record Prefix(String path) implements PathMatch {
    public Prefix {
      while (path.endsWith("/")) {
        path = path.substring(0, path.length() - 1);
      }
    }

    @Override
    public boolean matches(String other) {
      return other.startsWith(path)
          && (other.length() == path.length() || other.charAt(path.length()) == '/');
    }

    @Override
    public int rank() {
      return 0;
    }

    @Override
    public int length() {
      return path.length();
    }

    @Override
    public String shown() {
      return "path prefix " + (path.isEmpty() ? "/" : path);
    }
  }

  /// Paths that an expression matches as a whole.
  record Expression(Pattern pattern) implements PathMatch {
    @Override
    public boolean matches(String path) {
      return pattern.matches(path);
    }

    @Override
    public int rank() {
      return 1;
    }

    @Override
    public int length() {
      return pattern.pattern().length();
    }

    @Override
    public String shown() {
      return "path expression " + pattern.pattern();
    }
  }
}
