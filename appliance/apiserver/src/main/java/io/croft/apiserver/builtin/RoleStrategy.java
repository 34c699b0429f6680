package io.croft.apiserver.builtin;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.apiserver.resource.Strategy;
import io.croft.model.ApiObject;
import io.croft.model.FieldError;
import io.croft.model.NameRule;
import java.util.ArrayList;
import java.util.List;

/// Roles and cluster roles: rules that say what they are about.
final class RoleStrategy implements Strategy {
  @Override
  public NameRule nameRule() {
    return NameRule.PATH_SEGMENT;
  }

  @Override
  public boolean createsOnUpdate() {
    return true;
  }

  @Override
  public List<FieldError> validate(ApiObject object) {
    var errors = new ArrayList<FieldError>();
    int index = 0;
    for (JsonNode rule : object.json().path("rules")) {
      rule(rule, "rules[" + index++ + "]", object.kind().equals("Role"), errors);
    }
    JsonNode aggregation = object.json().path("aggregationRule");
    if (aggregation.isObject() && aggregation.path("clusterRoleSelectors").isEmpty()) {
      errors.add(
          FieldError.required(
              "aggregationRule.clusterRoleSelectors",
              "at least one clusterRoleSelector required if aggregationRule is non-nil"));
    }
    return errors;
  }

  private static void rule(
      JsonNode rule, String path, boolean namespaced, List<FieldError> errors) {
    if (rule.path("verbs").isEmpty()) {
      errors.add(FieldError.required(path + ".verbs", "verbs must contain at least one value"));
    }
    boolean paths = !rule.path("nonResourceURLs").isEmpty();
    boolean resources = !rule.path("resources").isEmpty() || !rule.path("apiGroups").isEmpty();
    if (paths) {
      if (namespaced) {
        errors.add(
            FieldError.invalid(
                path + ".nonResourceURLs",
                rule.path("nonResourceURLs"),
                "namespaced rules cannot apply to non-resource URLs"));
      }
      if (resources || !rule.path("resourceNames").isEmpty()) {
        errors.add(
            FieldError.invalid(
                path + ".nonResourceURLs",
                rule.path("nonResourceURLs"),
                "rules cannot apply to both regular resources and non-resource URLs"));
      }
      return;
    }
    if (rule.path("apiGroups").isEmpty()) {
      errors.add(
          FieldError.required(
              path + ".apiGroups", "resource rules must supply at least one api group"));
    }
    if (rule.path("resources").isEmpty()) {
      errors.add(
          FieldError.required(
              path + ".resources", "resource rules must supply at least one resource"));
    }
  }
}
