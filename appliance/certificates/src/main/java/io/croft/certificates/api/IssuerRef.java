package io.croft.certificates.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;

/// Which issuer signs, as it was written: what is left out stays empty.
public record IssuerRef(String name, String kind, String group) {
  private static final String ISSUER = "Issuer";
  private static final String CLUSTER_ISSUER = "ClusterIssuer";

  public static IssuerRef of(JsonNode json) {
    return new IssuerRef(
        json.path("name").asText(""), json.path("kind").asText(""), json.path("group").asText(""));
  }

  /// Whether one of our issuers is meant; others sign for those of their own groups.
  public boolean ours() {
    return group.isEmpty() || group.equals(Resources.GROUP);
  }

  public boolean cluster() {
    return ours() && kind.equals(CLUSTER_ISSUER);
  }

  public IssuerRef withDefaults() {
    return new IssuerRef(
        name, kind.isEmpty() ? ISSUER : kind, group.isEmpty() ? Resources.GROUP : group);
  }

  /// Whether both mean the same issuer.
  public boolean same(IssuerRef other) {
    return withDefaults().equals(other.withDefaults());
  }

  /// In the form in which it was written.
  public ObjectNode toJson() {
    ObjectNode json = Json.object().put("name", name);
    if (!kind.isEmpty()) {
      json.put("kind", kind);
    }
    if (!group.isEmpty()) {
      json.put("group", group);
    }
    return json;
  }

  /// For people: `Issuer.cert-manager.io/name`.
  @Override
  public String toString() {
    IssuerRef full = withDefaults();
    return full.kind + "." + full.group + "/" + full.name;
  }
}
