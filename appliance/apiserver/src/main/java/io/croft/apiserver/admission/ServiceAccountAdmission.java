package io.croft.apiserver.admission;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.registry.Admission;
import io.croft.apiserver.registry.AdmissionRequest;
import io.croft.apiserver.registry.AdmissionRequest.Operation;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.Json;
import io.croft.model.Statuses;
import java.security.SecureRandom;

/// Gives pods the service account that they run as: `default` unless they name another, its pull
/// secrets, and unless somebody does not want that, a token in the usual place.
public final class ServiceAccountAdmission implements Admission {
  private static final GroupVersionResource ACCOUNTS =
      new GroupVersionResource("", "v1", "serviceaccounts");
  private static final String MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";
  private static final String VOLUME = "kube-api-access-";
  private static final String MIRROR = "kubernetes.io/config.mirror";
  private static final int TOKEN_SECONDS = 3607;
  private static final int READABLE_BY_ALL = 0644;
  private static final String ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

  private final StoredObjects objects;
  private final SecureRandom random = new SecureRandom();

  public ServiceAccountAdmission(StoredObjects objects) {
    this.objects = objects;
  }

  @Override
  public boolean mutate(AdmissionRequest request) {
    ApiObject pod = request.object();
    if (pod == null
        || request.operation() != Operation.CREATE
        || !request.concerns("", "pods")
        || pod.annotations().containsKey(MIRROR)
        || !(pod.json().get("spec") instanceof ObjectNode spec)) {
      return false;
    }
    ObjectNode before = spec.deepCopy();
    String name = spec.path("serviceAccountName").asText("");
    if (name.isEmpty()) {
      name = spec.path("serviceAccount").asText("");
    }
    if (name.isEmpty()) {
      name = "default";
    }
    spec.put("serviceAccountName", name).put("serviceAccount", name);
    ApiObject account = account(pod, name);
    if (spec.path("imagePullSecrets").isEmpty() && account.at("imagePullSecrets").isPresent()) {
      spec.set("imagePullSecrets", account.json().path("imagePullSecrets").deepCopy());
    }
    if (mounts(spec, account)) {
      mount(spec);
    }
    return !spec.equals(before);
  }

  private ApiObject account(ApiObject pod, String name) {
    return objects
        .find(ACCOUNTS, pod.namespace(), name)
        .orElseThrow(() ->
            Statuses.forbidden(
                "",
                "pods",
                pod.name(),
                "error looking up service account %s/%s: serviceaccount \"%s\" not found"
                    .formatted(pod.namespace(), name, name)));
  }

  private static boolean mounts(ObjectNode spec, ApiObject account) {
    String field = "automountServiceAccountToken";
    return spec.has(field)
        ? spec.path(field).asBoolean(true)
        : account.json().path(field).asBoolean(true);
  }

  private void mount(ObjectNode spec) {
    String volume = presentVolume(spec);
    boolean used = false;
    for (String kind : new String[] {"initContainers", "containers"}) {
      for (JsonNode container : spec.path(kind)) {
        if (!isMounted(container)) {
          used = true;
          ((ObjectNode) container)
              .withArray("volumeMounts")
              .addObject()
              .put("name", volume)
              .put("readOnly", true)
              .put("mountPath", MOUNT_PATH);
        }
      }
    }
    if (used && !hasVolume(spec, volume)) {
      addVolume(spec, volume);
    }
  }

  private static boolean isMounted(JsonNode container) {
    for (JsonNode mount : container.path("volumeMounts")) {
      if (mount.path("mountPath").asText("").equals(MOUNT_PATH)) {
        return true;
      }
    }
    return false;
  }

  private String presentVolume(ObjectNode spec) {
    for (JsonNode volume : spec.path("volumes")) {
      String name = volume.path("name").asText("");
      if (name.startsWith(VOLUME)) {
        return name;
      }
    }
    var name = new StringBuilder(VOLUME);
    for (int i = 0; i < 5; i++) {
      name.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
    }
    return name.toString();
  }

  private static boolean hasVolume(ObjectNode spec, String name) {
    for (JsonNode volume : spec.path("volumes")) {
      if (volume.path("name").asText("").equals(name)) {
        return true;
      }
    }
    return false;
  }

  private static void addVolume(ObjectNode spec, String name) {
    ObjectNode projected =
        spec.withArray("volumes").addObject().put("name", name).putObject("projected");
    projected.put("defaultMode", READABLE_BY_ALL);
    ArrayNode sources = projected.putArray("sources");
    sources
        .addObject()
        .putObject("serviceAccountToken")
        .put("expirationSeconds", TOKEN_SECONDS)
        .put("path", "token");
    ObjectNode authority = sources.addObject().putObject("configMap");
    authority.put("name", "kube-root-ca.crt");
    authority.putArray("items").addObject().put("key", "ca.crt").put("path", "ca.crt");
    ObjectNode item = sources.addObject().putObject("downwardAPI").putArray("items").addObject();
    item.put("path", "namespace");
    item.set(
        "fieldRef", Json.object().put("apiVersion", "v1").put("fieldPath", "metadata.namespace"));
  }
}
