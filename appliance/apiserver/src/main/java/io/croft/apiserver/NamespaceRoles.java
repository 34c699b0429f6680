package io.croft.apiserver;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import java.util.ArrayList;
import java.util.List;

/// The cluster roles that users are given in namespaces: `view`, `edit` and `admin`, each with what
/// the one before it has. They are made of parts by label, so that whoever defines resources can add
/// theirs.
final class NamespaceRoles {
  private static final String RBAC = "rbac.authorization.k8s.io";
  private static final String LABEL = RBAC + "/aggregate-to-";
  private static final List<String> READ = List.of("get", "list", "watch");
  private static final List<String> WRITE =
      List.of("create", "delete", "deletecollection", "patch", "update");

  private final List<ObjectNode> roles = new ArrayList<>();

  private NamespaceRoles() {}

  /// @return the roles, their `rules` empty where they are made of parts
  static List<ObjectNode> all() {
    var roles = new NamespaceRoles();
    roles.whole("admin", "");
    roles.whole("edit", "admin");
    roles.whole("view", "edit");
    roles.view();
    roles.edit();
    roles.admin();
    return roles.roles;
  }

  private ObjectNode role(String name, String aggregatedTo) {
    ObjectNode role = Json.object().put("apiVersion", RBAC + "/v1").put("kind", "ClusterRole");
    ObjectNode metadata = role.putObject("metadata").put("name", name);
    ObjectNode labels =
        metadata.putObject("labels").put("kubernetes.io/bootstrapping", "rbac-defaults");
    if (!aggregatedTo.isEmpty()) {
      labels.put(LABEL + aggregatedTo, "true");
    }
    role.putArray("rules");
    roles.add(role);
    return role;
  }

  private void whole(String name, String aggregatedTo) {
    role(name, aggregatedTo)
        .putObject("aggregationRule")
        .putArray("clusterRoleSelectors")
        .addObject()
        .putObject("matchLabels")
        .put(LABEL + name, "true");
  }

  private static void rule(ObjectNode role, List<String> verbs, String group, String... resources) {
    ObjectNode rule = role.withArray("rules").addObject();
    rule.putArray("apiGroups").add(group);
    ArrayNode named = rule.putArray("resources");
    List.of(resources).forEach(named::add);
    ArrayNode allowed = rule.putArray("verbs");
    verbs.forEach(allowed::add);
  }

  private void view() {
    ObjectNode view = role("system:aggregate-to-view", "view");
    rule(
        view,
        READ,
        "",
        "bindings",
        "configmaps",
        "endpoints",
        "events",
        "limitranges",
        "namespaces",
        "namespaces/status",
        "persistentvolumeclaims",
        "persistentvolumeclaims/status",
        "pods",
        "pods/log",
        "pods/status",
        "replicationcontrollers",
        "replicationcontrollers/scale",
        "replicationcontrollers/status",
        "resourcequotas",
        "resourcequotas/status",
        "serviceaccounts",
        "services",
        "services/status");
    rule(view, READ, "discovery.k8s.io", "endpointslices");
    rule(
        view,
        READ,
        "apps",
        "controllerrevisions",
        "daemonsets",
        "daemonsets/status",
        "deployments",
        "deployments/scale",
        "deployments/status",
        "replicasets",
        "replicasets/scale",
        "replicasets/status",
        "statefulsets",
        "statefulsets/scale",
        "statefulsets/status");
    rule(
        view,
        READ,
        "autoscaling",
        "horizontalpodautoscalers",
        "horizontalpodautoscalers/status");
    rule(view, READ, "batch", "cronjobs", "cronjobs/status", "jobs", "jobs/status");
    rule(view, READ, "policy", "poddisruptionbudgets", "poddisruptionbudgets/status");
    rule(
        view, READ, "networking.k8s.io", "ingresses", "ingresses/status", "networkpolicies");
  }

  private void edit() {
    ObjectNode edit = role("system:aggregate-to-edit", "edit");
    rule(
        edit,
        READ,
        "",
        "pods/attach",
        "pods/exec",
        "pods/portforward",
        "pods/proxy",
        "secrets",
        "services/proxy");
    rule(edit, List.of("impersonate"), "", "serviceaccounts");
    rule(
        edit,
        WRITE,
        "",
        "configmaps",
        "events",
        "persistentvolumeclaims",
        "pods",
        "pods/attach",
        "pods/exec",
        "pods/portforward",
        "pods/proxy",
        "replicationcontrollers",
        "replicationcontrollers/scale",
        "secrets",
        "serviceaccounts",
        "services",
        "services/proxy");
    rule(edit, List.of("create"), "", "pods/eviction", "serviceaccounts/token");
    rule(
        edit,
        WRITE,
        "apps",
        "daemonsets",
        "deployments",
        "deployments/rollback",
        "deployments/scale",
        "replicasets",
        "replicasets/scale",
        "statefulsets",
        "statefulsets/scale");
    rule(edit, WRITE, "autoscaling", "horizontalpodautoscalers");
    rule(edit, WRITE, "batch", "cronjobs", "jobs");
    rule(edit, WRITE, "policy", "poddisruptionbudgets");
    rule(edit, WRITE, "networking.k8s.io", "ingresses", "networkpolicies");
    rule(edit, both(), "coordination.k8s.io", "leases");
  }

  private void admin() {
    ObjectNode admin = role("system:aggregate-to-admin", "admin");
    rule(admin, List.of("create"), "authorization.k8s.io", "localsubjectaccessreviews");
    rule(admin, both(), RBAC, "roles", "rolebindings");
  }

  private static List<String> both() {
    var verbs = new ArrayList<>(READ);
    verbs.addAll(WRITE);
    return verbs;
  }
}
