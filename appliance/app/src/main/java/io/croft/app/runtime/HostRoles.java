package io.croft.app.runtime;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.Component;
import io.croft.client.ApiClient;
import io.croft.client.Provisioner;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.Json;
import java.util.List;

/// What joined hosts may do, as a role for an engine that decides for itself once more. The gateway
/// has then decided already, host by host, which roles cannot.
final class HostRoles implements Component {
  private static final String GROUP = "rbac.authorization.k8s.io";
  private static final String NAME = "croft:hosts";
  private static final GroupVersionResource ROLES =
      new GroupVersionResource(GROUP, "v1", "clusterroles");
  private static final GroupVersionResource BINDINGS =
      new GroupVersionResource(GROUP, "v1", "clusterrolebindings");

  private final Provisioner provisioner;

  HostRoles(ApiClient client) {
    this.provisioner = new Provisioner(client);
  }

  @Override
  public String name() {
    return "host-roles";
  }

  @Override
  public void start() {
    ObjectNode role = object("ClusterRole");
    ArrayNode rules = role.putArray("rules");
    rule(rules, FleetKinds.GROUP, List.of("machines"), List.of("get"));
    rule(rules, FleetKinds.GROUP, List.of("machines/status"), List.of("get", "update", "patch"));
    rule(rules, FleetKinds.GROUP, List.of("machinecomponents"), List.of("get"));
    rule(
        rules,
        "certificates.k8s.io",
        List.of("certificatesigningrequests"),
        List.of("create", "get"));
    put(ROLES, role);

    ObjectNode binding = object("ClusterRoleBinding");
    binding
        .putObject("roleRef")
        .put("apiGroup", GROUP)
        .put("kind", "ClusterRole")
        .put("name", NAME);
    ArrayNode subjects = binding.putArray("subjects");
    for (String group : List.of(FleetKinds.NODES_GROUP, FleetKinds.JOINING_GROUP)) {
      subjects.addObject().put("apiGroup", GROUP).put("kind", "Group").put("name", group);
    }
    put(BINDINGS, binding);
  }

  private void put(GroupVersionResource resource, ObjectNode object) {
    provisioner.put(resource, ApiObject.of(object), Provisioner.digest(Json.text(object)));
  }

  @Override
  public void stop() {}

  private static ObjectNode object(String kind) {
    ObjectNode object = Json.object().put("apiVersion", GROUP + "/v1").put("kind", kind);
    object.putObject("metadata").put("name", NAME);
    return object;
  }

  private static void rule(
      ArrayNode rules, String group, List<String> resources, List<String> verbs) {
    ObjectNode rule = rules.addObject();
    rule.putArray("apiGroups").add(group);
    resources.forEach(rule.putArray("resources")::add);
    verbs.forEach(rule.putArray("verbs")::add);
  }
}
