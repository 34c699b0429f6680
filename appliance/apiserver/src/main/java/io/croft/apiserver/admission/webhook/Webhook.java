package io.croft.apiserver.admission.webhook;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.apiserver.admission.RequestMatcher;
import io.croft.apiserver.policy.MatchConditions;
import io.croft.model.ApiObject;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/// One webhook of a configuration, read once.
///
/// @param configuration the name of the configuration that it stands in
/// @param certificates with which its server is verified, in PEM; empty for those of the system
/// @param ignoresFailure whether a write goes on when the webhook cannot be asked
/// @param matcher what it wants to be asked about
/// @param conditions what a request must meet besides
/// @param sideEffects whether asking it changes something even in a dry run
/// @param reinvoked whether it is asked again when others have changed the object after it
record Webhook(
    String configuration,
    String name,
    URI url,
    String certificates,
    RequestMatcher matcher,
    MatchConditions conditions,
    boolean ignoresFailure,
    boolean sideEffects,
    boolean reinvoked,
    Duration timeout) {
  private static final int DEFAULT_SECONDS = 10;
  private static final int MAX_SECONDS = 30;

  /// Identifies it among all.
  String key() {
    return configuration + "/" + name;
  }

  /// All webhooks of a configuration, in order. One whose address makes no sense has one that
  /// nobody answers at, so that its failure policy decides.
  static List<Webhook> of(ApiObject configuration) {
    var webhooks = new ArrayList<Webhook>();
    for (JsonNode json : configuration.json().path("webhooks")) {
      webhooks.add(of(configuration.name(), json));
    }
    return webhooks;
  }

  private static Webhook of(String configuration, JsonNode json) {
    String sideEffects = json.path("sideEffects").asText("");
    int seconds = json.path("timeoutSeconds").asInt(DEFAULT_SECONDS);
    return new Webhook(
        configuration,
        json.path("name").asText(""),
        url(json.path("clientConfig")),
        certificates(json.path("clientConfig").path("caBundle").asText("")),
        RequestMatcher.ofWebhook(json),
        MatchConditions.of(json.path("matchConditions")),
        json.path("failurePolicy").asText("").equals("Ignore"),
        !sideEffects.equals("None") && !sideEffects.equals("NoneOnDryRun"),
        json.path("reinvocationPolicy").asText("").equals("IfNeeded"),
        Duration.ofSeconds(Math.clamp(seconds, 1, MAX_SECONDS)));
  }

  private static URI url(JsonNode client) {
    JsonNode service = client.path("service");
    try {
      if (!service.isObject()) {
        return URI.create(client.path("url").asText(""));
      }
      String host = service.path("name").asText() + "." + service.path("namespace").asText();
      String path = service.path("path").asText("/");
      return URI.create(
          "https://%s.svc:%d%s%s"
              .formatted(
                  host, service.path("port").asInt(443), path.startsWith("/") ? "" : "/", path));
    } catch (IllegalArgumentException e) {
      return URI.create("https://invalid.");
    }
  }

  private static String certificates(String base64) {
    try {
      byte[] pem = Base64.getDecoder().decode(base64);
      return new String(pem, StandardCharsets.US_ASCII);
    } catch (IllegalArgumentException e) {
      return "not Base64"; // no certificates, so that no server is trusted
    }
  }
}
