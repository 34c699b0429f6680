package io.croft.security.rbac;

import io.croft.model.Quoted;
import io.croft.security.Attributes;
import io.croft.security.Authorizer;
import io.croft.security.Decision;
import io.croft.security.GrantedRules;
import io.croft.security.UserInfo;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Allows what a role that is bound to the user allows; has no opinion on anything else.
///
/// `system:masters` may do everything, without a look at any role: so the API server can read the
/// roles in the first place, and nobody can lock the administrator out.
public final class RbacAuthorizer implements Authorizer {
  private final RbacRules rules;

  public RbacAuthorizer(RbacRules rules) {
    this.rules = rules;
  }

  @Override
  public Decision authorize(Attributes attributes) {
    if (attributes.user().inGroup(UserInfo.MASTERS)) {
      return Decision.allow("");
    }
    var missing = new ArrayList<String>();
    Optional<Decision> allowed =
        allowedBy(rules.clusterRoleBindings(), attributes, missing)
            .or(() -> allowedBy(local(attributes.info().namespace()), attributes, missing));
    return allowed.orElseGet(
        () -> Decision.noOpinion(missing.isEmpty() ? "" : "RBAC: " + aggregate(missing)));
  }

  /// @param missing what becomes known of roles that are not there
  private Optional<Decision> allowedBy(
      Collection<RoleBinding> bindings, Attributes attributes, List<String> missing) {
    for (RoleBinding binding : bindings) {
      Optional<Subject> subject = binding.subjectFor(attributes.user());
      if (subject.isEmpty()) {
        continue;
      }
      Optional<List<PolicyRule>> granted = rulesOf(binding);
      if (granted.isEmpty()) {
        missing.add(notFound(binding));
      } else if (allows(granted.get(), attributes)) {
        return Optional.of(Decision.allow("RBAC: allowed by " + binding.describe(subject.get())));
      }
    }
    return Optional.empty();
  }

  /// Whether a ClusterRole, bound to whomever or nobody, allows a request.
  public boolean allows(String clusterRole, Attributes attributes) {
    return rules
        .clusterRole(clusterRole)
        .filter(granted -> allows(granted, attributes))
        .isPresent();
  }

  private static boolean allows(List<PolicyRule> granted, Attributes attributes) {
    for (PolicyRule rule : granted) {
      if (rule.allows(attributes)) {
        return true;
      }
    }
    return false;
  }

  private Collection<RoleBinding> local(String namespace) {
    return namespace.isEmpty() ? List.of() : rules.roleBindings(namespace);
  }

  /// Every rule that a user has in a namespace, or at the cluster scope when that is empty.
  /// Bindings to roles that do not exist count for nothing. The rights of `system:masters` are not
  /// in it.
  public List<PolicyRule> rulesFor(UserInfo user, String namespace) {
    return Stream.concat(rules.clusterRoleBindings().stream(), local(namespace).stream())
        .filter(binding -> binding.subjectFor(user).isPresent())
        .flatMap(binding -> rulesOf(binding).stream())
        .flatMap(List::stream)
        .toList();
  }

  @Override
  public GrantedRules rules(UserInfo user, String namespace) {
    return new GrantedRules(
        rulesFor(user, namespace).stream().distinct().map(PolicyRule::toJson).toList(), false);
  }

  /// What a binding grants; empty when there is no such role. A ClusterRoleBinding cannot grant a
  /// Role.
  Optional<List<PolicyRule>> rulesOf(RoleBinding binding) {
    return switch (binding.roleKind()) {
      case "ClusterRole" -> rules.clusterRole(binding.roleName());
      case "Role" ->
          binding.namespace().isEmpty()
              ? Optional.empty()
              : rules.role(binding.namespace(), binding.roleName());
      default -> Optional.empty();
    };
  }

  private static String notFound(RoleBinding binding) {
    return binding.roleResource()
        + ".rbac.authorization.k8s.io "
        + Quoted.text(binding.roleName())
        + " not found";
  }

  private static String aggregate(List<String> errors) {
    List<String> distinct = errors.stream().distinct().toList();
    return distinct.size() == 1 ? distinct.getFirst() : "[" + String.join(", ", distinct) + "]";
  }
}
