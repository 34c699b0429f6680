package io.croft.apiserver.builtin;

import com.fasterxml.jackson.databind.node.ObjectNode;
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
    if (onlyCollects(object, request.old())) {
      return;
    }
    switch (request.type().kind()) {
      case "Role", "ClusterRole" -> guard.checkRole(request.user(), object);
      case "RoleBinding", "ClusterRoleBinding" -> guard.checkBinding(request.user(), object);
      default -> {}
    }
  }

  /// Whether an update changes nothing but what the garbage collector has to: as with
  /// kube-apiserver, whoever changes anything else, be it a label, must hold what is granted.
  private static boolean onlyCollects(ApiObject object, @Nullable ApiObject old) {
    return old != null && bare(object).equals(bare(old));
  }

  private static ObjectNode bare(ApiObject object) {
    ApiObject copy = object.copy();
    copy.metadata()
        .remove(List.of("ownerReferences", "finalizers", "managedFields", "resourceVersion"));
    return copy.json();
  }
}
