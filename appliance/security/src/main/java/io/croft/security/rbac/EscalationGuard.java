package io.croft.security.rbac;

import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.model.Quoted;
import io.croft.model.StatusException;
import io.croft.model.Statuses;
import io.croft.security.Attributes;
import io.croft.security.RequestInfo;
import io.croft.security.UserInfo;
import java.util.List;
import java.util.stream.Collectors;

/// Keeps people from granting more than they hold: who writes a role must hold all that it allows,
/// who binds one must hold all that it allows where it is bound. The verbs `escalate` and `bind` on
/// the role lift that, as does `system:masters`.
///
/// For whoever stores roles and bindings: to be asked before each create and each update that
/// changes `rules`, `aggregationRule`, `roleRef` or `subjects`. Thread-safe.
public final class EscalationGuard {
  private static final String GROUP = "rbac.authorization.k8s.io";

  private static final String TOO_LARGE =
      "the rules have more than %d combinations of verb, group, resource and name, too many to compare with what you hold; list fewer, or use \"*\""
          .formatted(Coverage.MAX_RIGHTS);

  /// Missing rights in one message.
  private static final int SHOWN = 50;

  private final RbacAuthorizer authorizer;

  public EscalationGuard(RbacAuthorizer authorizer) {
    this.authorizer = authorizer;
  }

  /// @param role a Role or ClusterRole as it is to be stored
  /// @throws StatusException (Forbidden) when the user may not write it
  public void checkRole(UserInfo user, ApiObject role) {
    String namespace = role.namespace();
    String plural = namespace.isEmpty() ? "clusterroles" : "roles";
    if (may(user, "escalate", plural, namespace, role.name())) {
      return;
    }
    List<PolicyRule> held = authorizer.rulesFor(user, namespace);
    // An aggregated role takes in whatever others label later.
    if (role.at("aggregationRule").isPresent()
        && !Coverage.missing(held, PolicyRule.EVERYTHING).isEmpty()) {
      throw Statuses.forbidden(
          GROUP,
          plural,
          role.name(),
          "must have cluster-admin privileges to use the aggregationRule");
    }
    List<PolicyRule> granted = PolicyRule.listOf(role.at("rules").orElseGet(Json::array));
    requireHeld(user, held, granted, plural, role.name());
  }

  /// @param object a RoleBinding or ClusterRoleBinding as it is to be stored
  /// @throws StatusException (Forbidden) when the user may not write it, (NotFound) when that
  ///   cannot be told because there is no such role
  public void checkBinding(UserInfo user, ApiObject object) {
    RoleBinding binding = RoleBinding.of(object);
    String roles = binding.roleKind().equals("Role") ? "roles" : "clusterroles";
    if (may(user, "bind", roles, binding.namespace(), binding.roleName())) {
      return;
    }
    List<PolicyRule> granted =
        authorizer
            .rulesOf(binding)
            .orElseThrow(
                () -> Statuses.notFound(GROUP, binding.roleResource(), binding.roleName()));
    String plural = binding.namespace().isEmpty() ? "clusterrolebindings" : "rolebindings";
    List<PolicyRule> held = authorizer.rulesFor(user, binding.namespace());
    requireHeld(user, held, granted, plural, binding.name());
  }

  private boolean may(UserInfo user, String verb, String plural, String namespace, String name) {
    var info = new RequestInfo(true, verb, GROUP, "v1", namespace, plural, "", name, "");
    return authorizer.authorize(new Attributes(user, info)).allowed();
  }

  private static void requireHeld(
      UserInfo user, List<PolicyRule> held, List<PolicyRule> granted, String plural, String name) {
    if (Coverage.tooLarge(granted)) {
      throw Statuses.forbidden(GROUP, plural, name, TOO_LARGE);
    }
    List<PolicyRule> missing = Coverage.missing(held, granted);
    if (!missing.isEmpty()) {
      throw Statuses.forbidden(GROUP, plural, name, attempt(user, missing));
    }
  }

  private static String attempt(UserInfo user, List<PolicyRule> missing) {
    String groups =
        user.groups().stream().map(Quoted::text).collect(Collectors.joining(" ", "[", "]"));
    String rights =
        missing.stream()
            .map(PolicyRule::describe)
            .sorted()
            .limit(SHOWN)
            .collect(Collectors.joining("\n"));
    String rest = missing.size() > SHOWN ? "\nand " + (missing.size() - SHOWN) + " more" : "";
    return "user %s (groups=%s) is attempting to grant RBAC permissions not currently held:\n%s%s"
        .formatted(Quoted.text(user.name()), groups, rights, rest);
  }
}
