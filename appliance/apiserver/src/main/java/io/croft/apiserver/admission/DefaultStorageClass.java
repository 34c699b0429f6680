package io.croft.apiserver.admission;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.registry.Admission;
import io.croft.apiserver.registry.AdmissionRequest;
import io.croft.apiserver.registry.AdmissionRequest.Operation;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import java.time.Instant;
import java.util.Comparator;
import java.util.Objects;

/// Gives persistent volume claims that name no storage class the default one: the newest of those
/// that are marked as such.
public final class DefaultStorageClass implements Admission {
  private static final GroupVersionResource CLASSES =
      new GroupVersionResource("storage.k8s.io", "v1", "storageclasses");
  private static final String DEFAULT = "storageclass.kubernetes.io/is-default-class";
  private static final String OLDER_DEFAULT = "storageclass.beta.kubernetes.io/is-default-class";
  private static final String OLDER_NAME = "volume.beta.kubernetes.io/storage-class";

  private static final Comparator<ApiObject> NEWEST_FIRST =
      Comparator.comparing(DefaultStorageClass::created).reversed().thenComparing(ApiObject::name);

  private final StoredObjects objects;

  public DefaultStorageClass(StoredObjects objects) {
    this.objects = objects;
  }

  private static Instant created(ApiObject storageClass) {
    return Objects.requireNonNullElse(storageClass.creationTimestamp(), Instant.EPOCH);
  }

  @Override
  public boolean mutate(AdmissionRequest request) {
    ApiObject claim = request.object();
    if (claim == null
        || request.operation() != Operation.CREATE
        || !request.concerns("", "persistentvolumeclaims")
        || !(claim.json().get("spec") instanceof ObjectNode spec)
        || spec.has("storageClassName")
        || claim.annotations().containsKey(OLDER_NAME)) {
      return false;
    }
    var chosen =
        objects.list(CLASSES, "").stream()
            .filter(c ->
                c.annotations().getOrDefault(DEFAULT, "").equals("true")
                    || c.annotations().getOrDefault(OLDER_DEFAULT, "").equals("true"))
            .min(NEWEST_FIRST);
    chosen.ifPresent(c -> spec.put("storageClassName", c.name()));
    return chosen.isPresent();
  }
}
