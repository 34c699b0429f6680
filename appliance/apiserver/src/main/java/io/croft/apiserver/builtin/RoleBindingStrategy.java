package io.croft.apiserver.builtin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.resource.Strategy;
import io.croft.model.ApiObject;
import io.croft.model.FieldError;
import io.croft.model.NameRule;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Role bindings and cluster role bindings: a role that cannot be exchanged, and the subjects that
/// have it.
final class RoleBindingStrategy implements Strategy {
  private static final String RBAC = "rbac.authorization.k8s.io";

  @Override
  public NameRule nameRule() {
    return NameRule.PATH_SEGMENT;
  }

  @Override
  public boolean createsOnUpdate() {
    return true;
  }

  @Override
  public void setDefaults(ApiObject object) {
    fillGroup(object.json().get("roleRef"), RBAC);
    for (JsonNode subject : object.json().path("subjects")) {
      if (!subject.path("kind").asText("").equals("ServiceAccount")) {
        fillGroup(subject, RBAC);
      }
    }
  }

  private static void fillGroup(@Nullable JsonNode reference, String group) {
    if (reference instanceof ObjectNode object && object.path("apiGroup").asText("").isEmpty()) {
      object.put("apiGroup", group);
    }
  }

  @Override
  public List<FieldError> validate(ApiObject object) {
    var errors = new ArrayList<FieldError>();
    JsonNode role = object.json().path("roleRef");
    if (!role.path("apiGroup").asText("").equals(RBAC)) {
      errors.add(
          FieldError.notSupported(
              "roleRef.apiGroup", role.path("apiGroup").asText(""), List.of(RBAC)));
    }
    List<String> kinds =
        object.kind().equals("RoleBinding")
            ? List.of("Role", "ClusterRole")
            : List.of("ClusterRole");
    String kind = role.path("kind").asText("");
    if (!kinds.contains(kind)) {
      errors.add(FieldError.notSupported("roleRef.kind", kind, kinds));
    }
    if (role.path("name").asText("").isEmpty()) {
      errors.add(FieldError.required("roleRef.name", ""));
    }
    int index = 0;
    for (JsonNode subject : object.json().path("subjects")) {
      subject(subject, "subjects[" + index++ + "]", errors);
    }
    return errors;
  }

  private static void subject(JsonNode subject, String path, List<FieldError> errors) {
    if (subject.path("name").asText("").isEmpty()) {
      errors.add(FieldError.required(path + ".name", ""));
    }
    String kind = subject.path("kind").asText("");
    String group = subject.path("apiGroup").asText("");
    switch (kind) {
      case "ServiceAccount" -> {
        if (!group.isEmpty()) {
          errors.add(FieldError.notSupported(path + ".apiGroup", group, List.of("")));
        }
        if (subject.path("namespace").asText("").isEmpty()) {
          errors.add(FieldError.required(path + ".namespace", ""));
        }
      }
      case "User", "Group" -> {
        if (!group.equals(RBAC)) {
          errors.add(FieldError.notSupported(path + ".apiGroup", group, List.of(RBAC)));
        }
      }
      default ->
          errors.add(
              FieldError.notSupported(
                  path + ".kind", kind, List.of("ServiceAccount", "User", "Group")));
    }
  }

  @Override
  public List<FieldError> validateUpdate(ApiObject object, ApiObject old) {
    var errors = new ArrayList<>(validate(object));
    if (!object.json().path("roleRef").equals(old.json().path("roleRef"))) {
      errors.add(
          FieldError.invalid("roleRef", object.json().path("roleRef"), "cannot change roleRef"));
    }
    return errors;
  }
}
