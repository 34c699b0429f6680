package io.croft.certificates.acme.solving;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.client.ApiClient;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.Json;
import io.croft.model.StatusException;
import java.io.UncheckedIOException;
import java.util.UUID;

/// A service that another API server runs (`webhook.acme.cert-manager.io`), reached as one of its
/// resources.
final class WebhookProvider implements DnsProvider {
  private static final String VERSION = "v1alpha1";

  private final ApiClient client;
  private final JsonNode config;
  private final String dnsName;
  private final String secrets;

  /// @param config `webhook` of a solver
  /// @param dnsName that is to be proved
  /// @param secrets the namespace of what the configuration refers to
  WebhookProvider(ApiClient client, JsonNode config, String dnsName, String secrets) {
    this.client = client;
    this.config = config;
    this.dnsName = dnsName;
    this.secrets = secrets;
  }

  @Override
  public void publish(TextRecord record) throws SolverException {
    send("Present", record);
  }

  @Override
  public void remove(TextRecord record) throws SolverException {
    send("CleanUp", record);
  }

  private void send(String action, TextRecord record) throws SolverException {
    String group = config.path("groupName").asText("");
    String solver = config.path("solverName").asText("");
    ObjectNode payload =
        Json.object().put("apiVersion", group + "/" + VERSION).put("kind", "ChallengePayload");
    ObjectNode request =
        payload
            .putObject("request")
            .put("uid", UUID.randomUUID().toString())
            .put("action", action)
            .put("type", "dns-01")
            .put("dnsName", dnsName)
            .put("key", record.value())
            .put("resourceNamespace", secrets)
            .put("resolvedFQDN", record.name())
            .put("resolvedZone", record.zone())
            .put("allowAmbientCredentials", false);
    if (config.has("config")) {
      request.set("config", config.path("config"));
    }
    JsonNode answer;
    try {
      var resource = new GroupVersionResource(group, VERSION, solver);
      answer = client.create(resource, ApiObject.of(payload)).json().path("response");
    } catch (StatusException | UncheckedIOException | IllegalArgumentException e) {
      throw new SolverException(
          "the webhook %s/%s cannot be asked: %s".formatted(group, solver, e.getMessage()), e);
    }
    if (!answer.path("success").asBoolean(false)) {
      throw new SolverException(
          "the webhook %s/%s has failed: %s"
              .formatted(group, solver, answer.path("status").path("message").asText("no reason")));
    }
  }
}
