package io.croft.apiserver.controllers.policy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.builtin.Definitions;
import io.croft.apiserver.cel.RuleSchema;
import io.croft.apiserver.policy.TypeChecks;
import io.croft.apiserver.resource.Backing;
import io.croft.apiserver.resource.ResourceCatalog;
import io.croft.client.ApiClient;
import io.croft.client.Informer;
import io.croft.client.Reconciler;
import io.croft.client.Request;
import io.croft.client.Result;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionKind;
import io.croft.model.GroupVersionResource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Writes into the status of each `ValidatingAdmissionPolicy` what its expressions and the schemas
/// of the kinds that it names have against each other, once per generation.
public final class PolicyStatusReconciler implements Reconciler {
  public static final GroupVersionResource POLICIES =
      new GroupVersionResource("admissionregistration.k8s.io", "v1", "validatingadmissionpolicies");

  private final ApiClient client;
  private final Informer policies;
  private final ResourceCatalog catalog;
  private final Definitions definitions = new Definitions();

  /// @param policies all validating policies
  /// @param catalog knows the schemas
  public PolicyStatusReconciler(ApiClient client, Informer policies, ResourceCatalog catalog) {
    this.client = client;
    this.policies = policies;
    this.catalog = catalog;
  }

  @Override
  public Result reconcile(Request request) {
    Optional<ApiObject> found = policies.get("", request.name());
    if (found.isPresent() && !isChecked(found.get())) {
      client.updateStatus(POLICIES, checked(found.get().copy()));
    }
    return Result.DONE;
  }

  private static boolean isChecked(ApiObject policy) {
    long observed = policy.json().path("status").path("observedGeneration").asLong(0);
    return policy.generation() <= observed;
  }

  private ApiObject checked(ApiObject policy) {
    JsonNode status = policy.json().path("status");
    ObjectNode written =
        status instanceof ObjectNode object ? object : policy.json().putObject("status");
    written.put("observedGeneration", policy.generation());
    ObjectNode checking = written.putObject("typeChecking");
    List<TypeChecks.Warning> warnings = warnings(policy.json().path("spec"));
    if (!warnings.isEmpty()) {
      ArrayNode list = checking.putArray("expressionWarnings");
      warnings.forEach(w -> list.addObject().put("fieldRef", w.field()).put("warning", w.text()));
    }
    return policy;
  }

  private List<TypeChecks.Warning> warnings(JsonNode spec) {
    var schemas = new PublishedSchemas(definitions);
    ResourceCatalog.Snapshot served = catalog.snapshot();
    return TypeChecks.of(
        spec,
        CheckedKinds.of(spec, served, schemas),
        params(spec.path("paramKind"), served, schemas));
  }

  private static @Nullable RuleSchema params(
      JsonNode kind, ResourceCatalog.Snapshot served, PublishedSchemas schemas) {
    if (!kind.isObject()) {
      return null;
    }
    var gvk =
        GroupVersionKind.parse(kind.path("apiVersion").asText(""), kind.path("kind").asText(""));
    return served.byResource().values().stream()
        .filter(type -> type.gvk().equals(gvk) && type.backing() instanceof Backing.Stored)
        .findFirst()
        .map(type -> schemas.of("params." + gvk.kind(), type))
        .orElse(null);
  }
}
