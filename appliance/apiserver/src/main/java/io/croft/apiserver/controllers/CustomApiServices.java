package io.croft.apiserver.controllers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.client.ApiClient;
import io.croft.client.DeleteOptions;
import io.croft.client.Informer;
import io.croft.client.Reconciler;
import io.croft.client.Request;
import io.croft.client.Result;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.model.StatusException;
import io.croft.model.StatusReason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Keeps an `APIService` for each version of each group that custom resource definitions have,
/// unless somebody else has made one.
final class CustomApiServices implements Reconciler {
  private static final String MANAGED = "kube-aggregator.kubernetes.io/automanaged";

  /// kube-apiserver's numbers for custom resources.
  private static final int GROUP_PRIORITY = 1000;

  private static final int VERSION_PRIORITY = 100;

  private final ApiClient client;
  private final Informer definitions;
  private final Informer services;

  /// @param definitions of custom resources
  /// @param services `APIService`s
  CustomApiServices(ApiClient client, Informer definitions, Informer services) {
    this.client = client;
    this.definitions = definitions;
    this.services = services;
  }

  /// The `APIService`s that a definition may have a part in: those of its versions, and those that
  /// there are of its group.
  List<Request> concernedBy(ApiObject definition) {
    var requests = new ArrayList<Request>();
    JsonNode spec = definition.json().path("spec");
    String suffix = "." + spec.path("group").asText();
    for (JsonNode version : spec.path("versions")) {
      requests.add(new Request("", version.path("name").asText() + suffix));
    }
    for (ApiObject service : services.list()) {
      if (service.name().endsWith(suffix)) {
        requests.add(Request.of(service));
      }
    }
    return requests;
  }

  @Override
  public Result reconcile(Request request) {
    Optional<ApiObject> present =
        client.find(ApiServiceAvailability.API_SERVICES, "", request.name());
    boolean wanted = definitions.list().stream().anyMatch(d -> defines(d, request.name()));
    if (wanted && present.isEmpty()) {
      create(request.name());
    } else if (!wanted
        && present.isPresent()
        && present.get().labels().getOrDefault(MANAGED, "").equals("true")) {
      delete(present.get());
    }
    return Result.DONE;
  }

  private static boolean defines(ApiObject definition, String name) {
    JsonNode spec = definition.json().path("spec");
    if (definition.at("status", "acceptedNames", "plural").isEmpty()) {
      return false; // not established
    }
    for (JsonNode version : spec.path("versions")) {
      String own = version.path("name").asText() + "." + spec.path("group").asText();
      if (version.path("served").asBoolean(false) && own.equals(name)) {
        return true;
      }
    }
    return false;
  }

  private void create(String name) {
    int dot = name.indexOf('.');
    ApiObject service = ApiObject.of(Json.object());
    service.json().put("apiVersion", "apiregistration.k8s.io/v1").put("kind", "APIService");
    service.setName(name);
    service.metadata().putObject("labels").put(MANAGED, "true");
    ObjectNode spec = service.json().putObject("spec");
    spec.put("group", name.substring(dot + 1)).put("version", name.substring(0, dot));
    spec.put("groupPriorityMinimum", GROUP_PRIORITY).put("versionPriority", VERSION_PRIORITY);
    client.create(ApiServiceAvailability.API_SERVICES, service);
  }

  private void delete(ApiObject service) {
    try {
      client.delete(ApiServiceAvailability.API_SERVICES, "", service.name(), DeleteOptions.DEFAULT);
    } catch (StatusException e) {
      if (e.status().code() != StatusReason.NOT_FOUND.code()) {
        throw e;
      }
      // gone already: just what was wanted
    }
  }
}
