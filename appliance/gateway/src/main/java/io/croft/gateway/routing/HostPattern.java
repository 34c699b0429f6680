package io.croft.gateway.routing;

import java.util.Locale;
import java.util.Optional;

/// The hosts that something is for: one by its name, all below a name (`*.example.com`, any number
/// of labels), or all.
///
/// @param text in lower case; empty for all
public record HostPattern(String text) {
  public static final HostPattern ALL = new HostPattern("");

  public HostPattern {
    text = text.toLowerCase(Locale.ROOT);
  }

  /// @param host in lower case
  public boolean matches(String host) {
    return text.isEmpty()
        || (isWildcard()
            ? host.length() > suffix().length() && host.endsWith(suffix())
            : host.equals(text));
  }

  public boolean isWildcard() {
    return text.startsWith("*.");
  }

  /// What a wildcard's hosts end with: `.example.com`.
  String suffix() {
    return text.substring(1);
  }

  /// Whether hosts are named at all.
  public boolean isNamed() {
    return !text.isEmpty();
  }

  /// The hosts that both are for; empty when there are none.
  public Optional<HostPattern> intersect(HostPattern other) {
    if (!isNamed() || equals(other)) {
      return Optional.of(other);
    }
    if (!other.isNamed()) {
      return Optional.of(this);
    }
    if (isWildcard() && other.text.endsWith(suffix())) {
      return Optional.of(other);
    }
    return other.isWildcard() && text.endsWith(other.suffix())
        ? Optional.of(this)
        : Optional.empty();
  }

  /// The less, the more hosts: first those that are named, then wildcards, the longer the better.
  int specificity() {
    return isWildcard() || !isNamed() ? text.length() : Integer.MAX_VALUE;
  }
}
