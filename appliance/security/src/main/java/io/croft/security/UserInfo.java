package io.croft.security;

import java.util.List;
import java.util.Map;

/// An authenticated caller, as `authentication.k8s.io/v1` describes one.
///
/// @param name for example `system:admin` or `alice`; never empty
/// @param uid stable across renames, or empty when the authenticator knows none
/// @param groups the groups it is in, `system:authenticated` included
/// @param extra what the authenticator adds for authorizers and audit
public record UserInfo(
    String name, String uid, List<String> groups, Map<String, List<String>> extra) {
  public UserInfo {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("a user needs a name");
    }
    groups = List.copyOf(groups);
    extra = Map.copyOf(extra);
  }

  public static UserInfo of(String name, String... groups) {
    return new UserInfo(name, "", List.of(groups), Map.of());
  }

  /// The administrator's group; whoever is in it may do everything.
  public static final String MASTERS = "system:masters";

  /// Everybody whose credentials were accepted.
  public static final String AUTHENTICATED = "system:authenticated";

  /// Who is behind a request without credentials, where such are let in.
  public static final UserInfo ANONYMOUS = of("system:anonymous", "system:unauthenticated");

  public boolean inGroup(String group) {
    return groups.contains(group);
  }
}
