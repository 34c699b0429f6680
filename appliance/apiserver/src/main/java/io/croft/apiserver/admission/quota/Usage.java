package io.croft.apiserver.admission.quota;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.apiserver.resource.ResourceType;
import io.croft.model.ApiObject;
import io.croft.model.Quantity;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// How much an object takes of what quotas count, by the names that quotas use.
final class Usage {
  private static final Quantity ONE = Quantity.parse("1");
  private static final Set<String> COUNTED_BY_NAME =
      Set.of(
          "configmaps",
          "persistentvolumeclaims",
          "pods",
          "replicationcontrollers",
          "resourcequotas",
          "secrets",
          "services");
  private static final Set<String> BARE = Set.of("cpu", "memory", "ephemeral-storage");
  private static final String STORAGE = "storage";
  private static final String OF_CLASS = ".storageclass.storage.k8s.io/";

  private Usage() {}

  static Map<String, Quantity> of(ResourceType type, ApiObject object) {
    var usage = new TreeMap<String, Quantity>();
    String plural = type.gvr().resource();
    String group = type.gvr().group();
    usage.put("count/" + plural + (group.isEmpty() ? "" : "." + group), ONE);
    if (!group.isEmpty()) {
      return usage;
    }
    if (COUNTED_BY_NAME.contains(plural) && !(plural.equals("pods") && ended(object))) {
      usage.put(plural, ONE);
    }
    JsonNode spec = object.json().path("spec");
    switch (plural) {
      case "pods" -> pod(object, spec, usage);
      case "services" -> service(spec, usage);
      case "persistentvolumeclaims" -> claim(object, spec, usage);
      default -> {}
    }
    return usage;
  }

  private static boolean ended(ApiObject pod) {
    String phase = pod.json().path("status").path("phase").asText("");
    return phase.equals("Succeeded") || phase.equals("Failed");
  }

  private static void pod(ApiObject pod, JsonNode spec, Map<String, Quantity> usage) {
    if (ended(pod)) {
      return;
    }
    PodResources.of(spec, "requests")
        .forEach((name, quantity) -> {
          usage.put("requests." + name, quantity);
          if (BARE.contains(name) || name.startsWith("hugepages-")) {
            usage.put(name, quantity);
          }
        });
    PodResources.of(spec, "limits")
        .forEach((name, quantity) -> usage.put("limits." + name, quantity));
  }

  private static void service(JsonNode spec, Map<String, Quantity> usage) {
    String type = spec.path("type").asText("ClusterIP");
    Quantity ports = Quantity.parse(Integer.toString(spec.path("ports").size()));
    switch (type) {
      case "NodePort" -> usage.put("services.nodeports", ports);
      case "LoadBalancer" -> {
        usage.put("services.loadbalancers", ONE);
        if (spec.path("allocateLoadBalancerNodePorts").asBoolean(true)) {
          usage.put("services.nodeports", ports);
        }
      }
      default -> {}
    }
  }

  private static void claim(ApiObject claim, JsonNode spec, Map<String, Quantity> usage) {
    String storageClass =
        claim
            .annotations()
            .getOrDefault(
                "volume.beta.kubernetes.io/storage-class",
                spec.path("storageClassName").asText(""));
    Quantity wanted = PodResources.quantities(spec.path("resources").path("requests")).get(STORAGE);
    if (wanted != null) {
      usage.put("requests.storage", wanted);
    }
    if (!storageClass.isEmpty()) {
      usage.put(storageClass + OF_CLASS + "persistentvolumeclaims", ONE);
      if (wanted != null) {
        usage.put(storageClass + OF_CLASS + "requests.storage", wanted);
      }
    }
  }

  /// What one state takes more than another; what takes less is left out.
  static Map<String, Quantity> growth(Map<String, Quantity> from, Map<String, Quantity> to) {
    var growth = new TreeMap<String, Quantity>();
    to.forEach((name, quantity) -> {
      Quantity more = quantity.subtract(from.getOrDefault(name, Quantity.ZERO));
      if (more.value().signum() > 0) {
        growth.put(name, more);
      }
    });
    return growth;
  }

  static void add(Map<String, Quantity> into, Map<String, Quantity> usage) {
    usage.forEach((name, quantity) -> into.merge(name, quantity, Quantity::add));
  }
}
