package io.croft.apiserver.admission.webhook;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.apiserver.admission.RequestMatcher;
import io.croft.apiserver.outbound.ClientConfig;
import io.croft.apiserver.policy.MatchConditions;
import io.croft.model.ApiObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// One webhook of a configuration, read once.
///
/// @param configuration the name of the configuration that it stands in
/// @param client where it is asked
/// @param ignoresFailure whether a write goes on when the webhook cannot be asked
/// @param matcher what it wants to be asked about
/// @param conditions what a request must meet besides
/// @param sideEffects whether asking it changes something even in a dry run
/// @param reinvoked whether it is asked again when others have changed the object after it
record Webhook(
    String configuration,
    String name,
    ClientConfig client,
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
        ClientConfig.of(json.path("clientConfig")),
        RequestMatcher.ofWebhook(json),
        MatchConditions.of(json.path("matchConditions")),
        json.path("failurePolicy").asText("").equals("Ignore"),
        !sideEffects.equals("None") && !sideEffects.equals("NoneOnDryRun"),
        json.path("reinvocationPolicy").asText("").equals("IfNeeded"),
        Duration.ofSeconds(Math.clamp(seconds, 1, MAX_SECONDS)));
  }
}
