package io.croft.apiserver.admission;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.admission.quota.LimitRanger;
import io.croft.apiserver.admission.quota.QuotaAdmission;
import io.croft.apiserver.admission.quota.QuotaLedger;
import io.croft.apiserver.registry.Caller;
import io.croft.apiserver.registry.DeleteOptions;
import io.croft.apiserver.registry.Registry;
import io.croft.apiserver.registry.WriteOptions;
import io.croft.apiserver.resource.Backing;
import io.croft.apiserver.resource.Column;
import io.croft.apiserver.resource.ResourceCatalog;
import io.croft.apiserver.resource.ResourceType;
import io.croft.apiserver.resource.Strategy;
import io.croft.apiserver.resource.VersionConversion;
import io.croft.apiserver.storage.ObjectStore;
import io.croft.apiserver.storage.StorageLocation;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.model.StatusException;
import io.croft.model.schema.StructuralSchema;
import io.croft.security.UserInfo;
import io.croft.store.Store;
import io.croft.store.embedded.EmbeddedStore;
import io.croft.store.embedded.StoreConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A registry of kinds without rules of their own, with the built-in admissions on a real store.
final class AdmittingRegistry implements AutoCloseable {
  private static final Caller ALICE = Caller.silent(UserInfo.of("alice"));
  static final String NAMESPACE = "shop";

  final QuotaLedger quotas;
  private final Store store;
  private final ResourceCatalog catalog;
  private final Registry registry;

  AdmittingRegistry(Path directory) {
    store = EmbeddedStore.open(directory, StoreConfig.defaults());
    catalog =
        new ResourceCatalog(
            List.of(
                type("", "namespaces", "Namespace", false),
                type("", "pods", "Pod", true),
                type("", "configmaps", "ConfigMap", true),
                type("", "serviceaccounts", "ServiceAccount", true),
                type("", "limitranges", "LimitRange", true),
                type("", "resourcequotas", "ResourceQuota", true),
                type("", "persistentvolumeclaims", "PersistentVolumeClaim", true),
                type("storage.k8s.io", "storageclasses", "StorageClass", false)));
    var objectStore = new ObjectStore(store, Map.of());
    var objects = new StoredObjects(catalog, objectStore);
    quotas = new QuotaLedger(objects, catalog);
    registry =
        new Registry(
            objectStore,
            catalog,
            List.of(
                new LimitRanger(objects),
                new ServiceAccountAdmission(objects),
                new DefaultStorageClass(objects),
                new QuotaAdmission(quotas)),
            InstantSource.system());
    create("namespaces", NAMESPACE, "{}");
  }

  private static ResourceType type(String group, String plural, String kind, boolean namespaced) {
    ObjectNode schema =
        Json.object().put("type", "object").put("x-kubernetes-preserve-unknown-fields", true);
    return new ResourceType(
        new GroupVersionResource(group, "v1", plural),
        new ResourceType.Names(kind, kind + "List", "", List.of(), List.of()),
        namespaced,
        ResourceType.STORED_VERBS,
        Set.of(),
        new Backing.Stored(
            new StorageLocation("/registry/" + plural, namespaced),
            VersionConversion.NONE,
            Strategy.PLAIN,
            null),
        StructuralSchema.parse(schema),
        null,
        schema,
        List.of(Column.NAME),
        Set.of(),
        true);
  }

  private ResourceType type(String plural) {
    return catalog.snapshot().byResource().values().stream()
        .filter(t -> t.gvr().resource().equals(plural))
        .findFirst()
        .orElseThrow();
  }

  /// @param json the object but for its name
  ObjectNode create(String plural, String name, String json) {
    ResourceType type = type(plural);
    try {
      ObjectNode body = Json.parseObject(json.getBytes(StandardCharsets.UTF_8));
      body.put("apiVersion", type.gvr().apiVersion()).put("kind", type.kind());
      body.withObject("/metadata").put("name", name);
      String namespace = type.namespaced() ? NAMESPACE : "";
      return registry.create(type, namespace, body, options()).json();
    } catch (MalformedJsonException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /// Why an object is refused.
  String refusal(String plural, String name, String json) {
    try {
      create(plural, name, json);
    } catch (StatusException e) {
      return e.status().code() + " " + e.status().message();
    }
    throw new AssertionError(plural + "/" + name + " was not refused");
  }

  ApiObject get(String plural, String name) {
    return registry.get(type(plural), NAMESPACE, name);
  }

  void delete(String plural, String name) {
    registry.delete(type(plural), NAMESPACE, name, DeleteOptions.parse(Json.object()), ALICE);
  }

  private static WriteOptions options() {
    return new WriteOptions(ALICE, false, WriteOptions.FieldValidation.IGNORE, "test");
  }

  @Override
  public void close() {
    store.close();
  }
}
