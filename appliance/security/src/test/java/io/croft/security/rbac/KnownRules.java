package io.croft.security.rbac;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Roles and bindings as a test sets them.
class KnownRules implements RbacRules {
  final List<RoleBinding> bindings = new ArrayList<>();
  final Map<String, List<PolicyRule>> roles = new HashMap<>();

  void bind(String namespace, String name, String kind, String role, Subject subject) {
    bindings.add(new RoleBinding(namespace, name, kind, role, List.of(subject)));
  }

  void role(String namespace, String name, PolicyRule rule) {
    roles.put(namespace + "/" + name, List.of(rule));
  }

  void clusterRole(String name, PolicyRule rule) {
    role("", name, rule);
  }

  @Override
  public Collection<RoleBinding> clusterRoleBindings() {
    return roleBindings("");
  }

  @Override
  public Collection<RoleBinding> roleBindings(String namespace) {
    return bindings.stream().filter(b -> b.namespace().equals(namespace)).toList();
  }

  @Override
  public Optional<List<PolicyRule>> clusterRole(String name) {
    return role("", name);
  }

  @Override
  public Optional<List<PolicyRule>> role(String namespace, String name) {
    return Optional.ofNullable(roles.get(namespace + "/" + name));
  }

  /// @param text verbs|groups|resources|names, each a list separated by `;`
  static PolicyRule rule(String text) {
    List<List<String>> parts = new ArrayList<>();
    for (String part : text.split("\\|")) {
      parts.add(List.of(part.replace("''", "").split(";", -1)));
    }
    List<String> names = parts.get(3).equals(List.of("")) ? List.of() : parts.get(3);
    return new PolicyRule(parts.get(0), parts.get(1), parts.get(2), names, List.of());
  }
}
