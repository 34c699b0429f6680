package io.croft.security;

import java.util.List;
import java.util.Optional;

/// A service account as a user: `system:serviceaccount:NAMESPACE:NAME`.
public record ServiceAccountName(String namespace, String name) {
  private static final String PREFIX = "system:serviceaccount:";
  private static final String GROUP = "system:serviceaccounts";

  /// @return empty when the user is no service account
  public static Optional<ServiceAccountName> parse(String user) {
    if (!user.startsWith(PREFIX)) {
      return Optional.empty();
    }
    String[] parts = user.substring(PREFIX.length()).split(":", -1);
    return parts.length == 2 && !parts[0].isEmpty() && !parts[1].isEmpty()
        ? Optional.of(new ServiceAccountName(parts[0], parts[1]))
        : Optional.empty();
  }

  public String user() {
    return PREFIX + namespace + ":" + name;
  }

  /// The groups that every service account of the namespace is in.
  public List<String> groups() {
    return List.of(GROUP, GROUP + ":" + namespace);
  }
}
