package io.croft.certificates.acme;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.certificates.acme.protocol.AcmeAccount;
import io.croft.certificates.api.Events;
import io.croft.certificates.api.Resources;
import io.croft.client.ApiClient;
import io.croft.client.DeleteOptions;
import io.croft.client.Informer;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.model.OwnerReference;
import io.croft.model.StatusException;
import io.croft.model.StatusReason;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/// The challenges of orders: one for each name that is not proved yet.
final class OrderChallenges {
  static final String BY_ORDER = "order";

  private static final String HTTP = "HTTP-01";
  private static final String DNS = "DNS-01";

  private final ApiClient client;
  private final Informer challenges;
  private final Events events;

  /// @param challenges with the index [#BY_ORDER]
  OrderChallenges(ApiClient client, Informer challenges, Events events) {
    this.client = client;
    this.challenges = challenges;
    this.events = events;
  }

  /// Makes those that are missing, and removes those that are not needed.
  ///
  /// @return all of them
  /// @throws IllegalArgumentException when no solver of the issuer can prove a name
  List<ApiObject> ensure(ApiObject order, ApiObject issuer, AcmeAccount account) {
    var wanted = new ArrayList<ApiObject>();
    for (JsonNode authorization : AcmeStates.status(order, "authorizations")) {
      if (!authorization.path("initialState").asText("").equals(AcmeStates.VALID)) {
        wanted.add(wanted(order, issuer, authorization, account));
      }
    }
    var present = new ArrayList<ApiObject>();
    var names = new HashSet<String>();
    for (ApiObject challenge : wanted) {
      names.add(challenge.name());
      present.add(make(order, challenge));
    }
    for (ApiObject owned : owned(order)) {
      if (!names.contains(owned.name())) {
        delete(owned, order.namespace());
      }
    }
    return present;
  }

  private List<ApiObject> owned(ApiObject order) {
    return challenges.byIndex(BY_ORDER, order.uid());
  }

  /// The value of the index under which challenges are found by their order.
  static List<String> orderOf(ApiObject challenge) {
    return challenge.ownerReferences().stream()
        .filter(OwnerReference::controller)
        .map(OwnerReference::uid)
        .toList();
  }

  private static ApiObject wanted(
      ApiObject order, ApiObject issuer, JsonNode authorization, AcmeAccount account) {
    String identifier = authorization.path("identifier").asText("");
    boolean wildcard = authorization.path("wildcard").asBoolean(false);
    String name = wildcard ? "*." + identifier : identifier;
    SolverChoice.Chosen chosen =
        SolverChoice.choose(
                issuer.json().at("/spec/acme/solvers"),
                order.labels(),
                name,
                authorization.path("challenges"))
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "none of the issuer's solvers fits \"%s\" and what the server offers for it"
                        .formatted(name)));
    JsonNode solver = SolverChoice.overridden(chosen.solver(), order.annotations());
    String token = chosen.challenge().path("token").asText("");
    boolean http = SolverChoice.type(solver).equals("http-01");
    ObjectNode spec =
        Json.object()
            .put("authorizationURL", authorization.path("url").asText(""))
            .put("dnsName", identifier)
            .put("token", token)
            .put("type", http ? HTTP : DNS)
            .put("url", chosen.challenge().path("url").asText(""))
            .put("wildcard", wildcard);
    spec.set("issuerRef", order.json().path("spec").path("issuerRef"));
    spec.set("solver", solver);
    ApiObject challenge =
        ApiObject.of(Json.object())
            .setApiVersion(Resources.ACME_GROUP + "/v1")
            .setKind("Challenge")
            .setNamespace(order.namespace())
            .setName(Owners.name(order.name(), spec))
            .setOwnerReferences(List.of(Owners.controller(order)));
    spec.put("key", key(http, token, account));
    challenge.json().set("spec", spec);
    return challenge;
  }

  /// What has to be shown for a token.
  static String key(boolean http, String token, AcmeAccount account) {
    return http ? account.keyAuthorization(token) : account.dnsValue(token);
  }

  private ApiObject make(ApiObject order, ApiObject challenge) {
    Optional<ApiObject> present =
        client.find(Resources.CHALLENGES, challenge.namespace(), challenge.name());
    if (present.isPresent()) {
      return present.get();
    }
    try {
      ApiObject made = client.create(Resources.CHALLENGES, challenge);
      events.normal(
          order,
          "Created",
          "Created Challenge resource \"%s\" for domain \"%s\""
              .formatted(
                  challenge.name(), challenge.json().path("spec").path("dnsName").asText("")));
      return made;
    } catch (StatusException e) {
      if (e.status().reason().equals(StatusReason.ALREADY_EXISTS.text())) {
        return client.get(Resources.CHALLENGES, challenge.namespace(), challenge.name());
      }
      throw e;
    }
  }

  /// Why one of them has failed, if one has.
  Optional<String> failure(ApiObject order) {
    return owned(order).stream()
        .filter(AcmeStates::failed)
        .findFirst()
        .map(c ->
            "the challenge for \"%s\" is %s: %s"
                .formatted(
                    c.json().path("spec").path("dnsName").asText(""),
                    AcmeStates.of(c),
                    AcmeStates.status(c, "reason").asText("")));
  }

  /// Removes them all.
  void delete(ApiObject order) {
    owned(order).forEach(c -> delete(c, order.namespace()));
  }

  private void delete(ApiObject challenge, String namespace) {
    if (challenge.deletionTimestamp() != null) {
      return;
    }
    try {
      client.delete(
          Resources.CHALLENGES,
          namespace,
          challenge.name(),
          DeleteOptions.DEFAULT.withUid(challenge.uid()));
    } catch (StatusException e) {
      if (!Resources.notFound(e)) {
        throw e;
      }
    }
  }
}
