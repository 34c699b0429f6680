package io.croft.apiserver.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.registry.DeleteOptions;
import io.croft.apiserver.registry.Registry;
import io.croft.apiserver.registry.WriteOptions;
import io.croft.apiserver.resource.ResourceCatalog;
import io.croft.apiserver.resource.ResourceType;
import io.croft.apiserver.storage.ObjectStore;
import io.croft.apiserver.storage.Stored;
import io.croft.base.http.HttpResponse;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionKind;
import io.croft.model.LabelSelector;
import io.croft.model.Status;
import io.croft.model.StatusCause;
import io.croft.model.StatusDetails;
import io.croft.model.StatusException;
import io.croft.model.StatusReason;
import io.croft.model.Statuses;
import io.croft.security.RequestInfo;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Evicts pods: deletes them unless a disruption budget says that no more may go.
final class Evictions {
  private static final GroupVersionKind KIND = new GroupVersionKind("policy", "v1", "Eviction");
  private static final String DEFINITION = "io.k8s.api.policy.v1.Eviction";
  private static final String VIOLATION =
      "Cannot evict pod as it would violate the pod's disruption budget.";

  /// Pods that serve nobody, so that no budget counts them.
  private static final Set<String> IDLE = Set.of("Pending", "Succeeded", "Failed");

  private final ResourceCatalog catalog;
  private final ObjectStore store;
  private final Registry registry;
  private final Bodies bodies;
  private final InstantSource clock;

  Evictions(
      ResourceCatalog catalog,
      ObjectStore store,
      Registry registry,
      Bodies bodies,
      InstantSource clock) {
    this.catalog = catalog;
    this.store = store;
    this.registry = registry;
    this.bodies = bodies;
    this.clock = clock;
  }

  Subresource subresource() {
    return new Subresource("eviction", KIND, List.of("create"), this::handle);
  }

  private HttpResponse handle(Call call) {
    ResourceType pods = call.type();
    RequestInfo info = call.info();
    WriteOptions options = call.writeOptions();
    ApiObject eviction = ApiObject.of(bodies.object(call.request(), DEFINITION));
    if (!eviction.name().isEmpty() && !eviction.name().equals(info.name())) {
      throw Statuses.badRequest("name in URL does not match name in Eviction object");
    }
    DeleteOptions wanted = DeleteOptions.parse(eviction.json().path("deleteOptions"));
    DeleteOptions deletion = options.dryRun() ? wanted.asDryRun() : wanted;
    ApiObject pod = registry.get(pods, info.namespace(), info.name());
    eviction.setType(KIND).setName(pod.name()).setNamespace(pod.namespace());
    registry.admit(pods, "eviction", eviction, null, options);
    if (!IDLE.contains(pod.json().path("status").path("phase").asText(""))
        && pod.deletionTimestamp() == null) {
      registry.admitDeletion(pods, pod, deletion, options.caller()); // before anything is spent
      spend(pod, deletion.dryRun(), options);
    }
    registry.delete(pods, info.namespace(), info.name(), deletion, options.caller());
    return Responses.json(201, Status.success(null).toJson());
  }

  /// Takes the pod off the budget that counts it, if there is one.
  private void spend(ApiObject pod, boolean dryRun, WriteOptions options) {
    ResourceType type =
        catalog.snapshot().find("policy", "v1", "poddisruptionbudgets").orElseThrow();
    List<ApiObject> budgets = budgets(type, pod);
    if (budgets.size() > 1) {
      throw Statuses.internal(
          "This pod has more than one PodDisruptionBudget, which the eviction subresource does not"
              + " support.");
    }
    for (ApiObject budget : budgets) {
      boolean free = !ready(pod) && mayAlwaysGo(budget);
      if (!free) {
        requireRoom(budget);
        if (!dryRun) {
          registry.update(
              type,
              pod.namespace(),
              budget.name(),
              "status",
              current -> spent(ApiObject.of(current), pod.name()),
              false,
              options);
        }
      }
    }
  }

  private List<ApiObject> budgets(ResourceType type, ApiObject pod) {
    var found = new ArrayList<ApiObject>();
    for (Stored stored : store.list(type.location(), pod.namespace(), null, 0, 0).items()) {
      ApiObject budget = ApiObject.of(stored.json());
      JsonNode selector = budget.json().path("spec").path("selector");
      if (LabelSelector.fromJson(selector).matches(pod.labels())) {
        found.add(budget);
      }
    }
    return found;
  }

  private static boolean ready(ApiObject pod) {
    for (JsonNode condition : pod.json().path("status").path("conditions")) {
      if (condition.path("type").asText().equals("Ready")) {
        return condition.path("status").asText().equals("True");
      }
    }
    return false;
  }

  /// Whether the budget lets pods go that are not ready.
  private static boolean mayAlwaysGo(ApiObject budget) {
    JsonNode status = budget.json().path("status");
    long healthy = status.path("currentHealthy").asLong(0);
    long desired = status.path("desiredHealthy").asLong(0);
    return budget
            .json()
            .path("spec")
            .path("unhealthyPodEvictionPolicy")
            .asText("")
            .equals("AlwaysAllow")
        || (healthy >= desired && desired > 0);
  }

  private ObjectNode spent(ApiObject budget, String pod) {
    requireRoom(budget);
    ObjectNode status = budget.json().withObject("/status");
    status.put("disruptionsAllowed", status.path("disruptionsAllowed").asInt() - 1);
    status
        .withObject("/disruptedPods")
        .put(pod, clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
    return budget.json();
  }

  /// @throws StatusException 429 when no more pods may go now
  private static void requireRoom(ApiObject budget) {
    JsonNode status = budget.json().path("status");
    if (status.path("observedGeneration").asLong(0) < budget.generation()) {
      throw refusal(
          budget,
          "The disruption budget " + budget.name() + " is still being processed by the server.");
    }
    if (status.path("disruptionsAllowed").asInt(0) <= 0) {
      throw refusal(
          budget,
          "The disruption budget "
              + budget.name()
              + " needs "
              + status.path("desiredHealthy").asInt(0)
              + " healthy pods and has "
              + status.path("currentHealthy").asInt(0)
              + " currently");
    }
  }

  private static StatusException refusal(ApiObject budget, String why) {
    var cause = new StatusCause("DisruptionBudget", why, "");
    var details = new StatusDetails(budget.name(), "", "", "", 0, List.of(cause));
    return new StatusException(Status.failure(StatusReason.TOO_MANY_REQUESTS, VIOLATION, details));
  }
}
