package io.croft.apiserver.admission.quota;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.admission.StoredObjects;
import io.croft.apiserver.resource.Backing;
import io.croft.apiserver.resource.ResourceCatalog;
import io.croft.apiserver.resource.ResourceType;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.Json;
import io.croft.model.Quantity;
import io.croft.model.Statuses;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// Keeps the books of resource quotas in their status. Every entry is made on condition that nobody
/// else has made one meanwhile, so that a share is never given away twice. Thread-safe.
public final class QuotaLedger {
  static final GroupVersionResource QUOTAS = new GroupVersionResource("", "v1", "resourcequotas");
  private static final int ATTEMPTS = 50;

  private final StoredObjects objects;
  private final ResourceCatalog catalog;
  private final Reservations reservations = new Reservations();

  public QuotaLedger(StoredObjects objects, ResourceCatalog catalog) {
    this.objects = objects;
    this.catalog = catalog;
  }

  List<ApiObject> quotas(String namespace) {
    return objects.list(QUOTAS, namespace);
  }

  boolean exists(GroupVersionResource resource, ApiObject object) {
    return objects.find(resource, object.namespace(), object.name()).isPresent();
  }

  /// Counts anew what is used of a quota.
  ///
  /// @return whether there is such a quota
  public boolean recount(String namespace, String name) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Optional<ApiObject> quota = objects.find(QUOTAS, namespace, name);
      if (quota.isEmpty()) {
        return false;
      }
      ApiObject counted = withUsed(quota.get(), count(quota.get()));
      if (Json.same(counted.json(), quota.get().json()) || objects.replace(QUOTAS, counted)) {
        break;
      }
    }
    return true; // at the latest, the next count is right
  }

  /// Enters what a write is going to take. To be ended by [#end].
  ///
  /// @param write identifies it
  /// @param created the uid of the object that it creates; empty for a change
  /// @param growth only what the quota counts
  /// @throws io.croft.model.StatusException when there is not enough left
  void reserve(
      ApiObject listed,
      Object write,
      String created,
      Map<String, Quantity> growth,
      Refusal refusal,
      boolean dryRun) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Optional<ApiObject> found = objects.find(QUOTAS, listed.namespace(), listed.name());
      if (found.isEmpty()) {
        return;
      }
      ApiObject quota = found.get();
      Map<String, Quantity> hard = hard(quota);
      Map<String, Quantity> used = entered(quota, hard).orElseGet(() -> count(quota));
      if (!fits(hard, used, growth)) {
        used = count(quota); // something may have gone since
        if (!fits(hard, used, growth)) {
          throw refusal.of(quota, hard, used, growth);
        }
      }
      if (dryRun) {
        return;
      }
      var after = new TreeMap<>(used);
      Usage.add(after, growth);
      reservations.add(write, quota.uid(), created, growth);
      // Written even if nothing changes: somebody else may be about to enter the same.
      if (objects.replace(QUOTAS, withUsed(quota, after))) {
        return;
      }
      reservations.cancel(write, quota.uid()); // somebody was faster: start from their entry
    }
    throw Statuses.serverTimeout("", "resourcequotas", "update", 1);
  }

  /// A write has ended, well or not: what is stored now is all there is of it.
  void end(Object write) {
    reservations.end(write);
  }

  /// Words a refusal.
  @FunctionalInterface
  interface Refusal {
    RuntimeException of(
        ApiObject quota,
        Map<String, Quantity> hard,
        Map<String, Quantity> used,
        Map<String, Quantity> growth);
  }

  static Map<String, Quantity> hard(ApiObject quota) {
    return PodResources.quantities(quota.json().path("spec").path("hard"));
  }

  /// What is entered; empty when the quota has been changed since.
  private static Optional<Map<String, Quantity>> entered(
      ApiObject quota, Map<String, Quantity> hard) {
    Map<String, Quantity> used = PodResources.quantities(quota.json().path("status").path("used"));
    return used.keySet().containsAll(hard.keySet()) ? Optional.of(used) : Optional.empty();
  }

  private static boolean fits(
      Map<String, Quantity> hard, Map<String, Quantity> used, Map<String, Quantity> growth) {
    return growth.entrySet().stream()
        .allMatch(g -> {
          Quantity sum = used.getOrDefault(g.getKey(), Quantity.ZERO).add(g.getValue());
          return sum.compareTo(hard.getOrDefault(g.getKey(), sum)) <= 0;
        });
  }

  private static ApiObject withUsed(ApiObject quota, Map<String, Quantity> used) {
    ApiObject entered = quota.copy();
    ObjectNode status = entered.json().withObject("/status");
    status.set("hard", entered.json().path("spec").path("hard").deepCopy());
    ObjectNode list = status.putObject("used");
    hard(quota)
        .keySet()
        .forEach(name -> list.put(name, used.getOrDefault(name, Quantity.ZERO).toString()));
    return entered;
  }

  /// What the stored objects take, and what is about to be stored.
  private Map<String, Quantity> count(ApiObject quota) {
    List<Reservations.Reservation> reserved = reservations.of(quota.uid());
    Set<String> names = hard(quota).keySet();
    var used = new TreeMap<String, Quantity>();
    var counted = new HashSet<String>();
    for (ResourceType type : counted(names)) {
      objects.forEach(
          type.gvr(),
          quota.namespace(),
          object -> {
            counted.add(object.uid());
            if (Scopes.match(quota, type, object)) {
              Usage.add(used, only(names, Usage.of(type, object)));
            }
          });
    }
    reserved.stream()
        .filter(r -> !counted.contains(r.created()))
        .forEach(r -> Usage.add(used, r.growth()));
    return used;
  }

  static Map<String, Quantity> only(Set<String> names, Map<String, Quantity> usage) {
    return usage.entrySet().stream()
        .filter(e -> names.contains(e.getKey()))
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  /// The resources whose objects a quota counts, each in one version.
  private List<ResourceType> counted(Set<String> names) {
    var prefixes = new HashSet<String>();
    return catalog.snapshot().byResource().values().stream()
        .filter(type -> type.namespaced() && type.backing() instanceof Backing.Stored)
        .filter(type -> names.stream().anyMatch(name -> isCounted(type, name)))
        .filter(type -> prefixes.add(type.location().prefix()))
        .toList();
  }

  private static boolean isCounted(ResourceType type, String name) {
    String group = type.gvr().group();
    String plural = type.gvr().resource();
    if (name.startsWith("count/")) {
      return name.equals("count/" + plural + (group.isEmpty() ? "" : "." + group));
    }
    return group.isEmpty()
        && switch (plural) {
          case "pods" -> !name.contains("storage.k8s.io/") && !name.equals("requests.storage");
          case "services" -> name.startsWith("services");
          case "persistentvolumeclaims" ->
              name.equals(plural)
                  || name.equals("requests.storage")
                  || name.contains("storage.k8s.io/");
          default -> name.equals(plural);
        };
  }
}
