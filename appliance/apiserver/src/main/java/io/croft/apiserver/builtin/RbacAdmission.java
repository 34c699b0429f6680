package io.croft.apiserver.builtin;

import io.croft.apiserver.registry.Admission;
import io.croft.apiserver.registry.AdmissionRequest;
import io.croft.model.ApiObject;
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
  public void validate(AdmissionRequest request) {
    ApiObject object = request.object();
    if (object == null || !request.type().gvr().group().equals("rbac.authorization.k8s.io")) {
      return;
    }
    switch (request.type().kind()) {
      case "Role", "ClusterRole" -> {
        if (changes(object, request.old(), List.of("rules", "aggregationRule"))
            || relabels(object, request.old())) {
          guard.checkRole(request.user(), object);
        }
      }
      case "RoleBinding", "ClusterRoleBinding" -> {
        if (changes(object, request.old(), List.of("roleRef", "subjects"))) {
          guard.checkBinding(request.user(), object);
        }
      }
      default -> {}
    }
  }

  /// Labels decide which roles take the rules of this one in.
  private static boolean relabels(ApiObject object, @Nullable ApiObject old) {
    return old != null && !object.metadata().path("labels").equals(old.metadata().path("labels"));
  }

  private static boolean changes(ApiObject object, @Nullable ApiObject old, List<String> fields) {
    return old == null
        || fields.stream().anyMatch(f -> !object.json().path(f).equals(old.json().path(f)));
  }
}
