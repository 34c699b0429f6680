package io.croft.apiserver.builtin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.resource.Strategy;
import io.croft.model.ApiObject;
import io.croft.model.NameRule;
import io.croft.model.Statuses;
import java.util.HashMap;
import java.util.Set;

/// Namespaces: held back from deletion by `spec.finalizers` until they have been emptied.
final class NamespaceStrategy implements Strategy {
  private static final String NAME_LABEL = "kubernetes.io/metadata.name";

  private static final Set<String> IMMORTAL = Set.of("default", "kube-system", "kube-public");

  /// The finalizer that stands for the namespace's content.
  private static final String KUBERNETES = "kubernetes";

  @Override
  public NameRule nameRule() {
    return NameRule.DNS_LABEL;
  }

  @Override
  public void prepareForCreate(ApiObject object) {
    ensureKubernetesFinalizer(spec(object));
    object.json().putObject("status").put("phase", "Active");
  }

  @Override
  public void prepareForUpdate(ApiObject object, ApiObject old) {
    JsonNode kept = old.json().path("spec").path("finalizers");
    if (kept.isMissingNode()) {
      spec(object).remove("finalizers");
    } else {
      spec(object).set("finalizers", kept.deepCopy());
    }
  }

  @Override
  public void checkDelete(ApiObject object) {
    if (IMMORTAL.contains(object.name())) {
      throw Statuses.forbidden(
          "", "namespaces", object.name(), "this namespace may not be deleted");
    }
  }

  @Override
  public void prepareForDelete(ApiObject object) {
    ObjectNode status =
        object.json().get("status") instanceof ObjectNode there
            ? there
            : object.json().putObject("status");
    status.put("phase", "Terminating");
  }

  @Override
  public boolean holdsBackDeletion(ApiObject object) {
    return !object.json().path("spec").path("finalizers").isEmpty();
  }

  @Override
  public void setDefaults(ApiObject object) {
    var labels = new HashMap<>(object.labels());
    labels.put(NAME_LABEL, object.name());
    object.setLabels(labels);
  }

  private static ObjectNode spec(ApiObject object) {
    return object.json().get("spec") instanceof ObjectNode there
        ? there
        : object.json().putObject("spec");
  }

  private static void ensureKubernetesFinalizer(ObjectNode spec) {
    for (JsonNode finalizer : spec.path("finalizers")) {
      if (finalizer.asText().equals(KUBERNETES)) {
        return;
      }
    }
    spec.withArray("finalizers").add(KUBERNETES);
  }
}
