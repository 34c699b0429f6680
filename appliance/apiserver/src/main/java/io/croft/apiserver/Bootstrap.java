package io.croft.apiserver;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.registry.Registry;
import io.croft.apiserver.registry.WriteOptions;
import io.croft.apiserver.registry.WriteOptions.FieldValidation;
import io.croft.apiserver.resource.ResourceCatalog;
import io.croft.apiserver.resource.ResourceType;
import io.croft.model.Json;
import io.croft.model.StatusException;
import io.croft.model.StatusReason;
import io.croft.security.UserInfo;
import java.util.List;

/// What every cluster has from its first moment on. What exists is left as it is.
final class Bootstrap {
  private static final String RBAC = "rbac.authorization.k8s.io";

  private static final UserInfo SELF = UserInfo.of("system:apiserver", UserInfo.MASTERS);

  private static final WriteOptions WRITE =
      new WriteOptions(SELF, false, FieldValidation.STRICT, "croft", _ -> {});

  private final ResourceCatalog catalog;
  private final Registry registry;

  Bootstrap(ResourceCatalog catalog, Registry registry) {
    this.catalog = catalog;
    this.registry = registry;
  }

  void run() {
    for (String name : List.of("default", "kube-system", "kube-public", "kube-node-lease")) {
      ensure("", "namespaces", named("v1", "Namespace", name));
    }
    roles();
  }

  /// The few of kube-apiserver's default roles that the other rules rest on.
  private void roles() {
    ObjectNode everything = role("cluster-admin");
    rule(everything, List.of("*"), List.of("*"), List.of("*"));
    paths(everything, List.of("*"), List.of("*"));
    ensure(RBAC, "clusterroles", everything);
    bind("cluster-admin", "system:masters");

    ObjectNode discovery = role("system:discovery");
    paths(
        discovery,
        List.of("get"),
        List.of(
            "/api",
            "/api/*",
            "/apis",
            "/apis/*",
            "/healthz",
            "/livez",
            "/openapi",
            "/openapi/*",
            "/readyz",
            "/version",
            "/version/"));
    ensure(RBAC, "clusterroles", discovery);
    bind("system:discovery", "system:authenticated");

    ObjectNode self = role("system:basic-user");
    rule(
        self,
        List.of("create"),
        List.of("authorization.k8s.io"),
        List.of("selfsubjectaccessreviews", "selfsubjectrulesreviews"));
    rule(self, List.of("create"), List.of("authentication.k8s.io"), List.of("selfsubjectreviews"));
    ensure(RBAC, "clusterroles", self);
    bind("system:basic-user", "system:authenticated");
  }

  private static ObjectNode role(String name) {
    ObjectNode role = named(RBAC + "/v1", "ClusterRole", name);
    role.putArray("rules");
    return role;
  }

  private static void rule(
      ObjectNode role, List<String> verbs, List<String> groups, List<String> resources) {
    ObjectNode rule = role.withArray("rules").addObject();
    texts(rule.putArray("verbs"), verbs);
    texts(rule.putArray("apiGroups"), groups);
    texts(rule.putArray("resources"), resources);
  }

  private static void paths(ObjectNode role, List<String> verbs, List<String> paths) {
    ObjectNode rule = role.withArray("rules").addObject();
    texts(rule.putArray("verbs"), verbs);
    texts(rule.putArray("nonResourceURLs"), paths);
  }

  private static void texts(ArrayNode array, List<String> values) {
    values.forEach(array::add);
  }

  private void bind(String role, String group) {
    ObjectNode binding = named(RBAC + "/v1", "ClusterRoleBinding", role);
    binding.putObject("roleRef").put("apiGroup", RBAC).put("kind", "ClusterRole").put("name", role);
    binding
        .putArray("subjects")
        .addObject()
        .put("apiGroup", RBAC)
        .put("kind", "Group")
        .put("name", group);
    ensure(RBAC, "clusterrolebindings", binding);
  }

  private static ObjectNode named(String apiVersion, String kind, String name) {
    ObjectNode object = Json.object().put("apiVersion", apiVersion).put("kind", kind);
    ObjectNode metadata = object.putObject("metadata").put("name", name);
    if (apiVersion.startsWith(RBAC)) {
      metadata.putObject("labels").put("kubernetes.io/bootstrapping", "rbac-defaults");
    }
    return object;
  }

  private void ensure(String group, String plural, ObjectNode object) {
    ResourceType type = catalog.snapshot().find(group, "v1", plural).orElseThrow();
    try {
      registry.create(type, "", object, WRITE);
    } catch (StatusException e) {
      if (!e.status().reason().equals(StatusReason.ALREADY_EXISTS.text())) {
        throw e;
      }
    }
  }
}
