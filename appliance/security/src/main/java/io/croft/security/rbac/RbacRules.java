package io.croft.security.rbac;

import java.util.Collection;
import java.util.List;
import java.util.Optional;

/// The roles and bindings that there are, at hand in memory. Thread-safe.
public interface RbacRules {
  /// In the order of their names.
  Collection<RoleBinding> clusterRoleBindings();

  /// In the order of their names.
  Collection<RoleBinding> roleBindings(String namespace);

  /// The rules of a ClusterRole; empty when there is none of that name.
  Optional<List<PolicyRule>> clusterRole(String name);

  /// The rules of a Role; empty when there is none of that name.
  Optional<List<PolicyRule>> role(String namespace, String name);
}
