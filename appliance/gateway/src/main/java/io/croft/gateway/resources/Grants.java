package io.croft.gateway.resources;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.model.ApiObject;

/// Whether one namespace lets objects of another refer to its own (`ReferenceGrant`).
final class Grants {
  private final Cluster cluster;

  Grants(Cluster cluster) {
    this.cluster = cluster;
  }

  /// @param group of the object that refers, like `kind` and `namespace`
  boolean allow(
      String group,
      String kind,
      String namespace,
      String toGroup,
      String toKind,
      String toNamespace,
      String toName) {
    if (namespace.equals(toNamespace)) {
      return true;
    }
    for (ApiObject grant : cluster.list(Kinds.GRANTS)) {
      JsonNode spec = grant.json().path("spec");
      if (grant.namespace().equals(toNamespace)
          && from(spec.path("from"), group, kind, namespace)
          && to(spec.path("to"), toGroup, toKind, toName)) {
        return true;
      }
    }
    return false;
  }

  private static boolean from(JsonNode list, String group, String kind, String namespace) {
    for (JsonNode from : list) {
      if (from.path("group").asText("").equals(group)
          && from.path("kind").asText("").equals(kind)
          && from.path("namespace").asText("").equals(namespace)) {
        return true;
      }
    }
    return false;
  }

  private static boolean to(JsonNode list, String group, String kind, String name) {
    for (JsonNode to : list) {
      String only = to.path("name").asText("");
      if (to.path("group").asText("").equals(group)
          && to.path("kind").asText("").equals(kind)
          && (only.isEmpty() || only.equals(name))) {
        return true;
      }
    }
    return false;
  }
}
