package io.croft.apiserver.admission.quota;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.apiserver.registry.Admission;
import io.croft.apiserver.registry.AdmissionRequest;
import io.croft.apiserver.registry.AdmissionRequest.Operation;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.Quantity;
import io.croft.model.Statuses;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// Refuses what would take more of a namespace than its quotas allow. The last of all admissions:
/// what it admits is entered as used.
public final class QuotaAdmission implements Admission {
  private static final Set<String> COMPUTE =
      Set.of(
          "cpu",
          "memory",
          "ephemeral-storage",
          "requests.cpu",
          "requests.memory",
          "requests.ephemeral-storage",
          "limits.cpu",
          "limits.memory",
          "limits.ephemeral-storage");

  private final QuotaLedger ledger;

  public QuotaAdmission(QuotaLedger ledger) {
    this.ledger = ledger;
  }

  @Override
  public void validate(AdmissionRequest request) {
    ApiObject object = request.object();
    if (object == null
        || !(request.subresource().isEmpty() || request.resizesPod())
        || !request.type().namespaced()
        || request.operation() == Operation.DELETE) {
      return;
    }
    List<ApiObject> quotas = ledger.quotas(object.namespace());
    if (quotas.isEmpty()) {
      return;
    }
    ApiObject old = request.old();
    Map<String, Quantity> before = old == null ? Map.of() : Usage.of(request.type(), old);
    Map<String, Quantity> growth = Usage.growth(before, Usage.of(request.type(), object));
    for (ApiObject quota : quotas) {
      if (Scopes.match(quota, request.type(), object)) {
        Set<String> names = QuotaLedger.hard(quota).keySet();
        if (old == null && request.concerns("", "pods")) {
          requireAmounts(request, object, quota, names);
        }
        Map<String, Quantity> counted = QuotaLedger.only(names, growth);
        if (!counted.isEmpty()) {
          if (old == null) {
            refuseExisting(request, object); // before it is entered as used
          }
          ledger.reserve(
              quota,
              write(request),
              old == null ? object.uid() : "",
              counted,
              (q, hard, used, more) -> exceeded(request, q, hard, used, more),
              request.dryRun());
        }
      }
    }
  }

  private void refuseExisting(AdmissionRequest request, ApiObject object) {
    GroupVersionResource gvr = request.type().gvr();
    if (ledger.exists(gvr, object)) {
      throw Statuses.alreadyExists(gvr.group(), gvr.resource(), object.name());
    }
  }

  @Override
  public void completed(AdmissionRequest request) {
    if (request.notes().containsKey(this)) {
      ledger.end(write(request));
    }
  }

  /// Stands for one write.
  private Object write(AdmissionRequest request) {
    return request.notes().computeIfAbsent(this, _ -> new Object());
  }

  /// Where amounts are counted, every container must name its own.
  private static void requireAmounts(
      AdmissionRequest request, ApiObject pod, ApiObject quota, Set<String> names) {
    var missing = new ArrayList<String>();
    for (String name : new TreeSet<>(names)) {
      if (!COMPUTE.contains(name)) {
        continue;
      }
      var without = new TreeSet<String>();
      for (String kind : List.of("containers", "initContainers")) {
        for (JsonNode container : pod.json().path("spec").path(kind)) {
          if (!names(container.path("resources"), name)) {
            without.add(container.path("name").asText(""));
          }
        }
      }
      if (!without.isEmpty()) {
        missing.add(name + " for: " + String.join(",", without));
      }
    }
    if (!missing.isEmpty()) {
      throw forbidden(
          request,
          "failed quota: " + quota.name() + ": must specify " + String.join("; ", missing));
    }
  }

  /// @param name such as `limits.cpu`, or `cpu` for what is requested of it
  private static boolean names(JsonNode resources, String name) {
    int dot = name.indexOf('.');
    String field = dot < 0 ? "requests" : name.substring(0, dot);
    return resources.path(field).has(name.substring(dot + 1));
  }

  private static RuntimeException exceeded(
      AdmissionRequest request,
      ApiObject quota,
      Map<String, Quantity> hard,
      Map<String, Quantity> used,
      Map<String, Quantity> growth) {
    var over = new TreeMap<String, Quantity>();
    growth.forEach((name, more) -> {
      Quantity sum = used.getOrDefault(name, Quantity.ZERO).add(more);
      if (hard.containsKey(name) && sum.compareTo(hard.get(name)) > 0) {
        over.put(name, more);
      }
    });
    return forbidden(
        request,
        "exceeded quota: %s, requested: %s, used: %s, limited: %s"
            .formatted(
                quota.name(),
                shown(over.keySet(), over),
                shown(over.keySet(), used),
                shown(over.keySet(), hard)));
  }

  private static String shown(Set<String> names, Map<String, Quantity> quantities) {
    return names.stream()
        .map(name -> name + "=" + quantities.getOrDefault(name, Quantity.ZERO))
        .collect(Collectors.joining(","));
  }

  private static RuntimeException forbidden(AdmissionRequest request, String why) {
    return Statuses.forbidden(
        request.type().gvr().group(),
        request.type().gvr().resource(),
        request.subject().name(),
        why);
  }
}
