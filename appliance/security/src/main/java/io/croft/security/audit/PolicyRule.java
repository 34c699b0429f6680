package io.croft.security.audit;

import io.croft.security.AuditEvent.Stage;
import io.croft.security.AuditLevel;
import io.croft.security.RequestInfo;
import io.croft.security.UserInfo;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One rule of an audit policy: which requests it is for, and how much is recorded of them. An
/// empty list is for all.
record PolicyRule(
    AuditLevel level,
    Set<String> users,
    Set<String> groups,
    Set<String> verbs,
    List<Resources> resources,
    Set<String> namespaces,
    List<String> paths,
    Set<Stage> omitted,
    boolean omitManagedFields) {

  /// @param names plural, `plural/sub`, `*`, `*/sub` or `plural/*`; empty for all of the group
  /// @param objects names of objects; empty for all
  record Resources(String group, List<String> names, Set<String> objects) {
    boolean matches(RequestInfo info) {
      if (!group.equals(info.group())) {
        return false;
      }
      return names.isEmpty()
          || names.stream()
              .anyMatch(name ->
                  matches(name, info) && (objects.isEmpty() || objects.contains(info.name())));
    }

    private static boolean matches(String name, RequestInfo info) {
      String whole =
          info.subresource().isEmpty() ? info.plural() : info.plural() + "/" + info.subresource();
      if (name.equals("*") || name.equals(whole)) {
        return true;
      }
      if (info.subresource().isEmpty()) {
        return false;
      }
      return name.equals("*/" + info.subresource()) || name.equals(info.plural() + "/*");
    }
  }

  boolean matches(@Nullable UserInfo user, @Nullable RequestInfo info, String verb) {
    return (users.isEmpty() || (user != null && users.contains(user.name())))
        && (groups.isEmpty() || (user != null && user.groups().stream().anyMatch(groups::contains)))
        && (verbs.isEmpty() || verbs.contains(verb))
        && matchesTarget(info);
  }

  private boolean matchesTarget(@Nullable RequestInfo info) {
    if (!namespaces.isEmpty() || !resources.isEmpty()) {
      return info != null
          && info.resource()
          && (namespaces.isEmpty() || namespaces.contains(info.namespace()))
          && (resources.isEmpty() || resources.stream().anyMatch(r -> r.matches(info)));
    }
    if (!paths.isEmpty()) {
      return info != null
          && !info.resource()
          && paths.stream().anyMatch(path -> matchesPath(path, info.path()));
    }
    return true;
  }

  private static boolean matchesPath(String pattern, String path) {
    return pattern.endsWith("*")
        ? path.startsWith(pattern.substring(0, pattern.length() - 1))
        : path.equals(pattern);
  }
}
