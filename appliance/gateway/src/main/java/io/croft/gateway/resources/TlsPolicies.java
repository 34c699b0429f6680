package io.croft.gateway.resources;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.gateway.resources.Translation.StatusUpdate;
import io.croft.gateway.routing.UpstreamTls;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.pki.Identity;
import io.croft.pki.Pem;
import io.croft.pki.PkiException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// How services are to be spoken to over TLS (`BackendTLSPolicy`): the policy for the port, else
/// the one for the service; of several the oldest.
final class TlsPolicies {
  /// What the definition allows.
  private static final int MAX_ANCESTORS = 16;

  private final Cluster cluster;

  TlsPolicies(Cluster cluster) {
    this.cluster = cluster;
  }

  /// A policy cannot be followed; then nothing is sent at all, rather than without TLS.
  static final class InvalidPolicyException extends Exception {
    InvalidPolicyException(String message) {
      super(message);
    }
  }

  /// Null when there is no policy.
  @Nullable UpstreamTls of(
      String namespace, String service, String portName, @Nullable Identity client)
      throws InvalidPolicyException {
    Optional<ApiObject> policy = policy(namespace, service, portName);
    if (policy.isEmpty()) {
      return null;
    }
    JsonNode validation = policy.get().json().path("spec").path("validation");
    var names = new ArrayList<String>();
    for (JsonNode name : validation.path("subjectAltNames")) {
      boolean host = name.path("type").asText("").equals("Hostname");
      names.add(name.path(host ? "hostname" : "uri").asText(""));
    }
    return new UpstreamTls(
        validation.path("hostname").asText(""),
        names,
        authorities(policy.get(), validation),
        client);
  }

  private Optional<ApiObject> policy(String namespace, String service, String portName) {
    Optional<ApiObject> best = Optional.empty();
    for (String section : portName.isEmpty() ? List.of("") : List.of(portName, "")) {
      if (best.isEmpty()) {
        best =
            cluster.list(Kinds.TLS_POLICIES).stream()
                .filter(p -> p.namespace().equals(namespace) && targets(p, service, section))
                .min(Cluster.BY_AGE);
      }
    }
    return best;
  }

  private static boolean targets(ApiObject policy, String service, String section) {
    for (JsonNode target : policy.json().path("spec").path("targetRefs")) {
      if (target.path("group").asText("").isEmpty()
          && target.path("kind").asText("").equals("Service")
          && target.path("name").asText("").equals(service)
          && target.path("sectionName").asText("").equals(section)) {
        return true;
      }
    }
    return false;
  }

  private @Nullable List<X509Certificate> authorities(ApiObject policy, JsonNode validation)
      throws InvalidPolicyException {
    if (validation.path("wellKnownCACertificates").asText("").equals("System")) {
      return null;
    }
    var authorities = new ArrayList<X509Certificate>();
    for (JsonNode ref : validation.path("caCertificateRefs")) {
      String name = ref.path("name").asText("");
      String pem =
          ref.path("kind").asText("").equals("ConfigMap")
              ? cluster
                  .get(Kinds.CONFIG_MAPS, policy.namespace(), name)
                  .map(c -> c.json().path("data").path("ca.crt").asText(""))
                  .orElse("")
              : "";
      try {
        authorities.addAll(Pem.certificates(pem));
      } catch (PkiException e) {
        throw new InvalidPolicyException(
            "policy "
                + policy.name()
                + ": there is no certificate in ca.crt of the ConfigMap "
                + name);
      }
    }
    if (authorities.isEmpty()) {
      throw new InvalidPolicyException(
          "policy " + policy.name() + " names no certificate authority");
    }
    return authorities;
  }

  /// What a policy is told on behalf of each gateway of ours: there are no others here.
  ///
  /// @param gateways those that policies are followed for
  List<StatusUpdate> statuses(List<ApiObject> gateways, Instant now) {
    var statuses = new ArrayList<StatusUpdate>();
    for (ApiObject policy : cluster.list(Kinds.TLS_POLICIES)) {
      List<Condition> conditions = conditions(policy);
      JsonNode before = policy.json().path("status").path("ancestors");
      ArrayNode ancestors = Json.array();
      for (JsonNode ancestor : before) {
        if (!isOurs(ancestor)) {
          ancestors.add(ancestor);
        }
      }
      for (ApiObject gateway : gateways) {
        if (ancestors.size() < MAX_ANCESTORS) {
          ObjectNode ref = reference(gateway);
          ObjectNode ancestor = ancestors.addObject();
          ancestor.set("ancestorRef", ref);
          ancestor.put("controllerName", Kinds.CONTROLLER);
          ancestor.set(
              "conditions",
              Condition.toJson(conditions, conditionsOf(before, ref), policy.generation(), now));
        }
      }
      if (!ancestors.isEmpty() || !before.isEmpty()) {
        ObjectNode status = Json.object();
        status.set("ancestors", ancestors);
        statuses.add(new StatusUpdate(Kinds.TLS_POLICIES, policy, status));
      }
    }
    return statuses;
  }

  private static boolean isOurs(JsonNode ancestor) {
    return ancestor.path("controllerName").asText("").equals(Kinds.CONTROLLER);
  }

  private static ObjectNode reference(ApiObject gateway) {
    return Json.object()
        .put("group", Kinds.GROUP)
        .put("kind", "Gateway")
        .put("namespace", gateway.namespace())
        .put("name", gateway.name());
  }

  private static JsonNode conditionsOf(JsonNode ancestors, JsonNode ref) {
    for (JsonNode ancestor : ancestors) {
      if (isOurs(ancestor) && ancestor.path("ancestorRef").equals(ref)) {
        return ancestor.path("conditions");
      }
    }
    return Json.array();
  }

  private List<Condition> conditions(ApiObject policy) {
    Condition refs = Condition.good("ResolvedRefs");
    try {
      authorities(policy, policy.json().path("spec").path("validation"));
    } catch (InvalidPolicyException e) {
      return List.of(
          Condition.bad("Accepted", "NoValidCACertificate", String.valueOf(e.getMessage())),
          Condition.bad("ResolvedRefs", "InvalidCACertificateRef", String.valueOf(e.getMessage())));
    }
    String older = older(policy);
    return List.of(
        older.isEmpty()
            ? Condition.good("Accepted")
            : Condition.bad("Accepted", "Conflicted", "the policy " + older + " is older"),
        refs);
  }

  /// The policy that counts for a target in this one's stead; empty when there is none.
  private String older(ApiObject policy) {
    for (JsonNode target : policy.json().path("spec").path("targetRefs")) {
      Optional<ApiObject> first =
          cluster.list(Kinds.TLS_POLICIES).stream()
              .filter(p -> p.namespace().equals(policy.namespace()))
              .filter(p ->
                  targets(p, target.path("name").asText(""), target.path("sectionName").asText("")))
              .min(Cluster.BY_AGE);
      if (first.isPresent() && !first.get().name().equals(policy.name())) {
        return first.get().name();
      }
    }
    return "";
  }
}
