package io.croft.apiserver.defaults;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/// Defaults of services, endpoints, ingresses and policies.
public final class NetworkDefaults {
  private static final int AFFINITY_SECONDS = 10_800;

  private NetworkDefaults() {}

  public static void service(ObjectNode object) {
    ObjectNode spec = Fill.object(object, "spec");
    Fill.text(spec, "sessionAffinity", "None");
    if (spec.path("sessionAffinity").asText().equals("ClientIP")) {
      ObjectNode client = Fill.object(Fill.object(spec, "sessionAffinityConfig"), "clientIP");
      Fill.number(client, "timeoutSeconds", AFFINITY_SECONDS);
    } else if (spec.path("sessionAffinity").asText().equals("None")) {
      spec.remove("sessionAffinityConfig");
    }
    Fill.text(spec, "type", "ClusterIP");
    String type = spec.path("type").asText();
    for (ObjectNode port : Fill.items(spec, "ports")) {
      Fill.text(port, "protocol", "TCP");
      String target = port.path("targetPort").asText("");
      if ((target.isEmpty() || target.equals("0")) && port.has("port")) {
        port.set("targetPort", port.path("port"));
      }
    }
    if (List.of("NodePort", "LoadBalancer").contains(type)
        || (type.equals("ClusterIP") && !spec.path("externalIPs").isEmpty())) {
      Fill.text(spec, "externalTrafficPolicy", "Cluster");
    }
    if (!type.equals("ExternalName")) {
      Fill.text(spec, "internalTrafficPolicy", "Cluster");
    }
    if (type.equals("LoadBalancer")) {
      Fill.flag(spec, "allocateLoadBalancerNodePorts", true);
    }
  }

  public static void endpoints(ObjectNode object) {
    for (ObjectNode subset : Fill.items(object, "subsets")) {
      Fill.items(subset, "ports").forEach(port -> Fill.text(port, "protocol", "TCP"));
    }
  }

  public static void endpointSlice(ObjectNode object) {
    for (ObjectNode port : Fill.items(object, "ports")) {
      Fill.text(port, "protocol", "TCP");
      if (!port.has("name")) {
        port.put("name", "");
      }
    }
  }

  public static void ingressClass(ObjectNode object) {
    if (object.path("spec").get("parameters") instanceof ObjectNode parameters) {
      Fill.text(parameters, "scope", "Cluster");
    }
  }

  public static void networkPolicy(ObjectNode object) {
    ObjectNode spec = Fill.object(object, "spec");
    for (String way : List.of("ingress", "egress")) {
      for (ObjectNode rule : Fill.items(spec, way)) {
        Fill.items(rule, "ports").forEach(port -> Fill.text(port, "protocol", "TCP"));
      }
    }
    if (spec.path("policyTypes").isEmpty()) {
      ArrayNode types = spec.putArray("policyTypes").add("Ingress");
      if (!spec.path("egress").isEmpty()) {
        types.add("Egress");
      }
    }
  }
}
