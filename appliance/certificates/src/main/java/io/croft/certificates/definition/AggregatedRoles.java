package io.croft.certificates.definition;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.Json;
import java.util.LinkedHashMap;
import java.util.List;

/// What those may do with certificates who have one of Kubernetes' own roles `view`, `edit` and
/// `admin` in a namespace: roles of upstream's names that are aggregated into these.
final class AggregatedRoles {
  static final GroupVersionResource RESOURCE =
      new GroupVersionResource("rbac.authorization.k8s.io", "v1", "clusterroles");

  private static final String CERT_MANAGER = "cert-manager.io";
  private static final String ACME = "acme.cert-manager.io";
  private static final String TRUST = "trust.cert-manager.io";
  private static final List<String> KINDS =
      List.of("certificates", "certificaterequests", "issuers");
  private static final List<String> ACME_KINDS = List.of("challenges", "orders");
  private static final List<String> READ = List.of("get", "list", "watch");

  private record Rule(String group, List<String> resources, List<String> verbs) {}

  /// @param into the roles that it becomes part of
  private record Role(String name, List<String> into, List<Rule> rules) {
    ApiObject toObject() {
      ApiObject role =
          ApiObject.of(
                  Json.object()
                      .put("apiVersion", RESOURCE.group() + "/" + RESOURCE.version())
                      .put("kind", "ClusterRole"))
              .setName(name);
      var labels = new LinkedHashMap<String, String>();
      labels.put("app.kubernetes.io/managed-by", "croft");
      into.forEach(other -> labels.put(RESOURCE.group() + "/aggregate-to-" + other, "true"));
      role.setLabels(labels);
      ArrayNode list = role.json().putArray("rules");
      for (Rule rule : rules) {
        ObjectNode json = list.addObject();
        json.putArray("apiGroups").add(rule.group());
        rule.resources().forEach(json.putArray("resources")::add);
        rule.verbs().forEach(json.putArray("verbs")::add);
      }
      return role;
    }
  }

  /// Orders and challenges are not for users to make or change: who can write a challenge can have
  /// the appliance prove other people's names.
  private static final List<Role> ROLES =
      List.of(
          new Role(
              "cert-manager-view",
              List.of("view", "edit", "admin", "cluster-reader"),
              List.of(new Rule(CERT_MANAGER, KINDS, READ), new Rule(ACME, ACME_KINDS, READ))),
          new Role(
              "cert-manager-edit",
              List.of("edit", "admin"),
              List.of(
                  new Rule(
                      CERT_MANAGER,
                      KINDS,
                      List.of("create", "delete", "deletecollection", "patch", "update")),
                  new Rule(CERT_MANAGER, List.of("certificates/status"), List.of("update")),
                  new Rule(ACME, List.of("orders"), List.of("delete", "deletecollection")),
                  new Rule(
                      ACME,
                      List.of("challenges"),
                      List.of("delete", "deletecollection", "patch", "update")))),
          new Role(
              "cert-manager-cluster-view",
              List.of("cluster-reader"),
              List.of(new Rule(CERT_MANAGER, List.of("clusterissuers"), READ))),
          new Role(
              "trust-manager-cluster-view",
              List.of("cluster-reader"),
              List.of(new Rule(TRUST, List.of("bundles"), READ))));

  private AggregatedRoles() {}

  static List<ApiObject> all() {
    return ROLES.stream().map(Role::toObject).toList();
  }

  /// All that the roles say, for a digest.
  static String text() {
    return ROLES.toString();
  }
}
