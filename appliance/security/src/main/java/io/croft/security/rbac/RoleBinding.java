package io.croft.security.rbac;

import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.model.Quoted;
import io.croft.security.UserInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A RoleBinding, or a ClusterRoleBinding when it has no namespace. Immutable.
///
/// @param namespace where it applies; empty for everywhere
/// @param roleKind Role or ClusterRole
/// @param roleName the role that it grants
public record RoleBinding(
    String namespace, String name, String roleKind, String roleName, List<Subject> subjects) {
  public RoleBinding {
    subjects = List.copyOf(subjects);
  }

  public static RoleBinding of(ApiObject object) {
    var role = object.at("roleRef").orElseGet(Json::object);
    var subjects = new ArrayList<Subject>();
    object.at("subjects").ifPresent(all -> all.forEach(s -> subjects.add(Subject.of(s))));
    return new RoleBinding(
        object.namespace(),
        object.name(),
        role.path("kind").asText(),
        role.path("name").asText(),
        subjects);
  }

  /// The first subject that a user is among.
  Optional<Subject> subjectFor(UserInfo user) {
    for (Subject subject : subjects) {
      if (subject.includes(user, namespace)) {
        return Optional.of(subject);
      }
    }
    return Optional.empty();
  }

  /// What messages call the kind of its role.
  String roleResource() {
    return roleKind.equals("Role") ? "role" : "clusterrole";
  }

  /// As kube-apiserver names it in the reason of a decision.
  String describe(Subject subject) {
    String what =
        namespace.isEmpty()
            ? "ClusterRoleBinding " + Quoted.text(name)
            : "RoleBinding " + Quoted.text(name + "/" + namespace);
    String role = roleKind + " " + Quoted.text(roleName);
    return what + " of " + role + " to " + subject.describe(namespace);
  }
}
