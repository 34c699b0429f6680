package io.croft.security.permissions;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.Component;
import io.croft.client.ApiClient;
import io.croft.client.ListOptions;
import io.croft.client.Provisioner;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.Json;
import io.croft.model.MalformedYamlException;
import io.croft.model.Yaml;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/// Installs the permission points: cluster roles `croft:NAME` with the label
/// `permissions.croft.io/name`, by which other roles aggregate them. What is there already is read
/// once at the start, and only what differs is written.
public final class PermissionPoints implements Component {
  /// Its value is the point's name; whoever lists by it has the catalogue.
  public static final String LABEL = "permissions.croft.io/name";

  private static final String DESCRIPTION = "permissions.croft.io/description";
  private static final String PREFIX = "croft:";
  private static final GroupVersionResource ROLES =
      new GroupVersionResource("rbac.authorization.k8s.io", "v1", "clusterroles");

  private final ApiClient client;
  private volatile boolean installed;

  public PermissionPoints(ApiClient client) {
    this.client = client;
  }

  @Override
  public String name() {
    return "permission-points";
  }

  @Override
  public void start() {
    Map<String, ApiObject> there = new HashMap<>();
    client
        .listAll(ROLES, "", ListOptions.ALL.withLabelSelector(LABEL))
        .items()
        .forEach(role -> there.put(role.name(), role));
    for (JsonNode point : points()) {
      ApiObject role = role(point);
      ApiObject known = there.get(role.name());
      if (known == null || !isSame(known, role)) {
        client.apply(ROLES, role);
      }
    }
    installed = true;
  }

  private static boolean isSame(ApiObject known, ApiObject role) {
    return known.json().path("rules").equals(role.json().path("rules"))
        && Objects.equals(known.labels().get(LABEL), role.labels().get(LABEL))
        && Objects.equals(
            known.annotations().get(DESCRIPTION), role.annotations().get(DESCRIPTION));
  }

  private static ApiObject role(JsonNode point) {
    String name = point.path("name").asText();
    ObjectNode json =
        Json.object().put("apiVersion", "rbac.authorization.k8s.io/v1").put("kind", "ClusterRole");
    ApiObject role = ApiObject.of(json).setName(PREFIX + name).setLabels(Map.of(LABEL, name));
    role.metadata().putObject("annotations").put(DESCRIPTION, point.path("description").asText());
    json.set("rules", point.path("rules").deepCopy());
    return role;
  }

  private static JsonNode points() {
    try {
      return Yaml.parse(Provisioner.bytes(PermissionPoints.class, "points.yaml"));
    } catch (MalformedYamlException e) {
      throw new IllegalStateException("a permission point in this build is malformed", e);
    }
  }

  @Override
  public boolean ready() {
    return installed;
  }

  @Override
  public void stop() {}
}
