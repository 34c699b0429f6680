package io.croft.apiserver;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.registry.Caller;
import io.croft.apiserver.registry.Registry;
import io.croft.apiserver.registry.WriteOptions;
import io.croft.apiserver.registry.WriteOptions.FieldValidation;
import io.croft.apiserver.resource.ResourceCatalog;
import io.croft.apiserver.resource.ResourceType;
import io.croft.apiserver.storage.ObjectStore;
import io.croft.apiserver.storage.Stored;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.model.StatusException;
import io.croft.model.StatusReason;
import io.croft.security.UserInfo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// What every cluster has from its first moment on. What exists is left as it is, but that default
/// roles are given the rules that they lack, unless they are annotated otherwise.
final class Bootstrap {
  private static final String RBAC = "rbac.authorization.k8s.io";
  private static final String AUTO_UPDATE = "rbac.authorization.kubernetes.io/autoupdate";

  private static final UserInfo SELF = UserInfo.of("system:apiserver", UserInfo.MASTERS);

  private static final WriteOptions WRITE =
      new WriteOptions(Caller.silent(SELF), false, FieldValidation.STRICT, "croft");

  private final ResourceCatalog catalog;
  private final ObjectStore store;
  private final Registry registry;

  Bootstrap(ResourceCatalog catalog, ObjectStore store, Registry registry) {
    this.catalog = catalog;
    this.store = store;
    this.registry = registry;
  }

  void run() {
    var writes = new ArrayList<Runnable>();
    List<ObjectNode> namespaces =
        List.of("default", "kube-system", "kube-public", "kube-node-lease").stream()
            .map(name -> named("v1", "Namespace", name))
            .toList();
    ensure("", "namespaces", namespaces, writes);
    together(writes);
    writes.clear();
    DefaultRoles defaults = DefaultRoles.load();
    ensure(RBAC, "clusterroles", defaults.roles(), writes);
    ensure(RBAC, "roles", defaults.namespacedRoles(), writes);
    ensure(RBAC, "clusterrolebindings", defaults.bindings(), writes);
    ensure("apiregistration.k8s.io", "apiservices", localServices(), writes);
    together(writes);
  }

  /// The store writes to disk once for what is written at one time.
  private static void together(List<Runnable> writes) {
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<? extends Future<?>> results = writes.stream().map(executor::submit).toList();
      for (Future<?> result : results) {
        result.get();
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("what every cluster has could not be made", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while making what every cluster has", e);
    }
  }

  /// One object for each group and version that this server itself serves.
  private List<ObjectNode> localServices() {
    var services = new ArrayList<ObjectNode>();
    int rank = 0;
    ResourceCatalog.Snapshot all = catalog.snapshot();
    for (var group : all.groups().entrySet()) {
      if (group.getValue().stream().noneMatch(v -> isOwn(all, group.getKey(), v))) {
        continue; // custom resources
      }
      int priority = group.getKey().isEmpty() ? 18_000 : 17_900 - 50 * rank++;
      int version = 15;
      for (String served : group.getValue()) {
        ObjectNode service =
            named("apiregistration.k8s.io/v1", "APIService", served + "." + group.getKey());
        service
            .withObject("/metadata/labels")
            .put("kube-aggregator.kubernetes.io/automanaged", "onstart");
        ObjectNode spec = service.putObject("spec");
        if (!group.getKey().isEmpty()) {
          spec.put("group", group.getKey());
        }
        spec.put("version", served)
            .put("groupPriorityMinimum", priority)
            .put("versionPriority", version);
        version = Math.max(1, version - 1);
        services.add(service);
      }
    }
    return services;
  }

  private static boolean isOwn(ResourceCatalog.Snapshot all, String group, String version) {
    return all.in(group, version).stream().anyMatch(type -> !type.custom());
  }

  private static ObjectNode named(String apiVersion, String kind, String name) {
    ObjectNode object = Json.object().put("apiVersion", apiVersion).put("kind", kind);
    object.putObject("metadata").put("name", name);
    return object;
  }

  private void ensure(
      String group, String plural, List<ObjectNode> objects, List<Runnable> writes) {
    ResourceType type = catalog.snapshot().find(group, "v1", plural).orElseThrow();
    Map<String, ApiObject> present = new HashMap<>();
    for (Stored stored : store.list(type.location(), "", null, 0, 0).items()) {
      ApiObject object = ApiObject.of(stored.json());
      present.put(object.namespace() + "/" + object.name(), object);
    }
    for (ObjectNode object : objects) {
      ApiObject wanted = ApiObject.of(object);
      ApiObject there = present.get(wanted.namespace() + "/" + wanted.name());
      if (there == null) {
        writes.add(() -> create(type, object));
      } else if (object.has("rules")) {
        completeRules(type, there, object.path("rules"), writes);
      }
    }
  }

  private void create(ResourceType type, ObjectNode object) {
    try {
      registry.create(type, ApiObject.of(object).namespace(), object, WRITE);
    } catch (StatusException e) {
      if (!e.status().reason().equals(StatusReason.ALREADY_EXISTS.text())) {
        throw e;
      }
    }
  }

  private void completeRules(
      ResourceType type, ApiObject there, JsonNode rules, List<Runnable> writes) {
    List<JsonNode> lacking = new ArrayList<>();
    for (JsonNode rule : rules) {
      boolean known = false;
      for (JsonNode present : there.json().path("rules")) {
        known |= Json.same(present, rule);
      }
      if (!known) {
        lacking.add(rule);
      }
    }
    boolean wanted = !there.annotations().getOrDefault(AUTO_UPDATE, "true").equals("false");
    if (wanted && !lacking.isEmpty()) {
      writes.add(() ->
          registry.update(
              type,
              there.namespace(),
              there.name(),
              "",
              current -> {
                ArrayNode all = current.withArray("rules");
                all.addAll(lacking);
                return current;
              },
              false,
              WRITE));
    }
  }
}
