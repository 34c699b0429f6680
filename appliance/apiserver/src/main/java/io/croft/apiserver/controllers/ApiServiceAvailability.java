package io.croft.apiserver.controllers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.ApiServer;
import io.croft.apiserver.aggregation.RemoteApi;
import io.croft.client.ApiClient;
import io.croft.client.Reconciler;
import io.croft.client.Request;
import io.croft.client.Result;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.Json;
import io.croft.model.Shortened;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks every now and then whether the APIs that other servers serve answer, and says so in the
/// condition `Available`, by which requests are handed on or refused.
final class ApiServiceAvailability implements Reconciler {
  private static final Logger LOG = LoggerFactory.getLogger(ApiServiceAvailability.class);

  static final GroupVersionResource API_SERVICES =
      new GroupVersionResource("apiregistration.k8s.io", "v1", "apiservices");
  static final GroupVersionResource SERVICES = new GroupVersionResource("", "v1", "services");

  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(5);
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(30);
  private static final Duration LOOK_AGAIN_SOON = Duration.ofSeconds(3);
  private static final int MAX_MESSAGE_CHARS = 1024;

  private final ApiServer server;
  private final ApiClient client;
  private final InstantSource clock;

  ApiServiceAvailability(ApiServer server, ApiClient client, InstantSource clock) {
    this.server = server;
    this.client = client;
    this.clock = clock;
  }

  private record Verdict(boolean available, String reason, String message) {}

  @Override
  public Result reconcile(Request request) {
    Optional<ApiObject> found = client.find(API_SERVICES, "", request.name());
    if (found.isEmpty() || found.get().deletionTimestamp() != null) {
      return Result.DONE;
    }
    Optional<RemoteApi> remote = RemoteApi.of(found.get());
    Verdict verdict =
        remote
            .map(this::look)
            .orElse(new Verdict(true, "Local", "Local APIServices are always available"));
    report(found.get(), verdict);
    if (remote.isEmpty()) {
      return Result.DONE;
    }
    return Result.after(verdict.available() ? LOOK_AGAIN : LOOK_AGAIN_SOON);
  }

  private Verdict look(RemoteApi api) {
    if (!server.catalog().snapshot().in(api.group(), api.version()).isEmpty()) {
      return new Verdict(false, "ServedLocally", "this server itself serves " + api.groupVersion());
    }
    String name = "service/" + api.service() + " in \"" + api.namespace() + "\"";
    Optional<ApiObject> service = client.find(SERVICES, api.namespace(), api.service());
    if (service.isEmpty()) {
      return new Verdict(false, "ServiceNotFound", name + " is not present");
    }
    JsonNode spec = service.get().json().path("spec");
    if (!spec.path("type").asText("").equals("ExternalName") && !hasPort(spec, api.port())) {
      return new Verdict(
          false, "ServicePortError", name + " is not listening on port " + api.port());
    }
    try {
      server.remoteApis().learned(api, server.apiProxy().discover(api, ANSWER_WITHIN));
      lookForDocument(api);
      return new Verdict(true, "Passed", "all checks passed");
    } catch (IOException e) {
      String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      return new Verdict(
          false,
          "FailedDiscoveryCheck",
          Shortened.text("failing or missing response: " + why, MAX_MESSAGE_CHARS));
    }
  }

  /// Clients can do without it, so an API is available without.
  private void lookForDocument(RemoteApi api) {
    try {
      server.remoteApis().documented(api, server.apiProxy().document(api, ANSWER_WITHIN));
    } catch (IOException e) {
      LOG.atDebug()
          .addKeyValue("api", api.groupVersion())
          .setCause(e)
          .log("a server does not tell of its OpenAPI documents");
    }
  }

  private static boolean hasPort(JsonNode spec, int port) {
    for (JsonNode declared : spec.path("ports")) {
      if (declared.path("port").asInt() == port) {
        return true;
      }
    }
    return false;
  }

  private void report(ApiObject apiService, Verdict verdict) {
    ApiObject told = apiService.copy();
    ObjectNode status =
        told.json().get("status") instanceof ObjectNode there
            ? there
            : told.json().putObject("status");
    ObjectNode condition = condition(status.withArray("conditions"));
    String value = verdict.available() ? "True" : "False";
    if (!condition.path("status").asText("").equals(value)) {
      condition.put(
          "lastTransitionTime", clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
    }
    condition.put("status", value).put("reason", verdict.reason());
    condition.put("message", verdict.message());
    if (!Json.same(told.json(), apiService.json())) {
      client.updateStatus(API_SERVICES, told);
    }
  }

  private static ObjectNode condition(ArrayNode conditions) {
    for (JsonNode condition : conditions) {
      if (condition.path("type").asText().equals("Available")) {
        return (ObjectNode) condition;
      }
    }
    return conditions.addObject().put("type", "Available");
  }
}
