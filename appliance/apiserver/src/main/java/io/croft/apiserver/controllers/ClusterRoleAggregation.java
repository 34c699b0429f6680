package io.croft.apiserver.controllers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.croft.client.ApiClient;
import io.croft.client.Informer;
import io.croft.client.Reconciler;
import io.croft.client.Request;
import io.croft.client.Result;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.Json;
import io.croft.model.LabelSelector;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;

/// Gives cluster roles with an `aggregationRule` the rules of all those that it selects.
final class ClusterRoleAggregation implements Reconciler {
  static final GroupVersionResource ROLES =
      new GroupVersionResource("rbac.authorization.k8s.io", "v1", "clusterroles");

  private final ApiClient client;
  private final Informer roles;

  /// @param roles all cluster roles
  ClusterRoleAggregation(ApiClient client, Informer roles) {
    this.client = client;
    this.roles = roles;
  }

  /// Which roles a change of one concerns: all that aggregate others.
  List<Request> concernedBy(ApiObject role) {
    return roles.list().stream()
        .filter(ClusterRoleAggregation::aggregates)
        .map(Request::of)
        .toList();
  }

  private static boolean aggregates(ApiObject role) {
    return role.json().path("aggregationRule").isObject();
  }

  @Override
  public Result reconcile(Request request) {
    Optional<ApiObject> found = roles.get("", request.name());
    if (found.isEmpty() || !aggregates(found.get())) {
      return Result.DONE;
    }
    ApiObject role = found.get();
    ArrayNode rules = rules(role);
    if (!Json.same(rules, role.at("rules").filter(JsonNode::isArray).orElseGet(Json::array))) {
      ApiObject changed = role.copy();
      changed.json().set("rules", rules);
      client.update(ROLES, changed);
    }
    return Result.DONE;
  }

  /// Each rule once, in the order of the roles' names.
  private ArrayNode rules(ApiObject role) {
    var selectors = new ArrayList<LabelSelector>();
    role.json()
        .path("aggregationRule")
        .path("clusterRoleSelectors")
        .forEach(s -> selectors.add(LabelSelector.fromJson(s)));
    var rules = new LinkedHashSet<JsonNode>();
    for (ApiObject other : roles.list()) {
      boolean selected = selectors.stream().anyMatch(s -> s.matches(other.labels()));
      if (selected && !other.name().equals(role.name())) {
        other.json().path("rules").forEach(rules::add);
      }
    }
    ArrayNode all = Json.array();
    rules.forEach(all::add);
    return all;
  }
}
