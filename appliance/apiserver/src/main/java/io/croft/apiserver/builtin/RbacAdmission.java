package io.croft.apiserver.builtin;

import io.croft.apiserver.registry.Admission;
import io.croft.apiserver.resource.ResourceType;
import io.croft.model.ApiObject;
import io.croft.security.UserInfo;
import io.croft.security.rbac.EscalationGuard;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Keeps users from granting more than they hold, by roles and by bindings.
public final class RbacAdmission implements Admission {
  private final EscalationGuard guard;

  public RbacAdmission(EscalationGuard guard) {
    this.guard = guard;
  }

  @Override
  public void check(ResourceType type, ApiObject object, @Nullable ApiObject old, UserInfo user) {
    if (!type.gvr().group().equals("rbac.authorization.k8s.io")) {
      return;
    }
    switch (type.kind()) {
      case "Role", "ClusterRole" -> {
        if (changes(object, old, List.of("rules", "aggregationRule"))) {
          guard.checkRole(user, object);
        }
      }
      case "RoleBinding", "ClusterRoleBinding" -> {
        if (changes(object, old, List.of("roleRef", "subjects"))) {
          guard.checkBinding(user, object);
        }
      }
      default -> {}
    }
  }

  private static boolean changes(ApiObject object, @Nullable ApiObject old, List<String> fields) {
    return old == null
        || fields.stream().anyMatch(f -> !object.json().path(f).equals(old.json().path(f)));
  }
}
