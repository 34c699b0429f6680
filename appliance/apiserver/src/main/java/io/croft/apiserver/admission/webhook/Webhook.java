package io.croft.apiserver.admission.webhook;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.apiserver.outbound.ClientConfig;
import io.croft.model.ApiObject;
import io.croft.model.LabelSelector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// One webhook of a configuration, read once.
///
/// @param configuration the name of the configuration that it stands in
/// @param client where it is asked
/// @param ignoresFailure whether a write goes on when the webhook cannot be asked
/// @param equivalent whether other versions of a resource that a rule names are meant too
/// @param sideEffects whether asking it changes something even in a dry run
/// @param reinvoked whether it is asked again when others have changed the object after it
record Webhook(
    String configuration,
    String name,
    ClientConfig client,
    List<Rule> rules,
    LabelSelector namespaces,
    LabelSelector objects,
    boolean ignoresFailure,
    boolean equivalent,
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
    var rules = new ArrayList<Rule>();
    json.path("rules").forEach(rule -> rules.add(Rule.of(rule)));
    String sideEffects = json.path("sideEffects").asText("");
    int seconds = json.path("timeoutSeconds").asInt(DEFAULT_SECONDS);
    return new Webhook(
        configuration,
        json.path("name").asText(""),
        ClientConfig.of(json.path("clientConfig")),
        List.copyOf(rules),
        selector(json.path("namespaceSelector")),
        selector(json.path("objectSelector")),
        json.path("failurePolicy").asText("").equals("Ignore"),
        !json.path("matchPolicy").asText("").equals("Exact"),
        !sideEffects.equals("None") && !sideEffects.equals("NoneOnDryRun"),
        json.path("reinvocationPolicy").asText("").equals("IfNeeded"),
        Duration.ofSeconds(Math.clamp(seconds, 1, MAX_SECONDS)));
  }

  /// Unlike elsewhere, a selector that is not there selects everything here.
  private static LabelSelector selector(JsonNode json) {
    return json.isObject() ? LabelSelector.fromJson(json) : LabelSelector.everything();
  }

  boolean matches(String group, String version, String resource, String operation, boolean scoped) {
    return rules.stream().anyMatch(r -> r.matches(group, version, resource, operation, scoped));
  }

  /// What a webhook wants to be asked about.
  record Rule(
      List<String> operations,
      List<String> groups,
      List<String> versions,
      List<String> resources,
      String scope) {
    private static final String ANY = "*";

    private static Rule of(JsonNode json) {
      return new Rule(
          texts(json.path("operations")),
          texts(json.path("apiGroups")),
          texts(json.path("apiVersions")),
          texts(json.path("resources")),
          json.path("scope").asText(ANY));
    }

    private static List<String> texts(JsonNode array) {
      var texts = new ArrayList<String>();
      array.forEach(t -> texts.add(t.asText()));
      return List.copyOf(texts);
    }

    /// @param resource the plural name, with `/SUBRESOURCE` behind it if it is about one
    boolean matches(
        String group, String version, String resource, String operation, boolean namespaced) {
      return has(operations, operation)
          && has(groups, group)
          && has(versions, version)
          && (scope.equals(ANY) || scope.equals(namespaced ? "Namespaced" : "Cluster"))
          && resources.stream().anyMatch(r -> matches(r, resource));
    }

    private static boolean has(List<String> allowed, String wanted) {
      return allowed.contains(ANY) || allowed.contains(wanted);
    }

    /// `*` is every resource but no subresource, `*/*` is everything, `pods/*` pods with all of
    /// their subresources.
    private static boolean matches(String rule, String resource) {
      int ruleSlash = rule.indexOf('/');
      int slash = resource.indexOf('/');
      String whole = slash < 0 ? resource : resource.substring(0, slash);
      String part = slash < 0 ? "" : resource.substring(slash + 1);
      String wantedWhole = ruleSlash < 0 ? rule : rule.substring(0, ruleSlash);
      String wantedPart = ruleSlash < 0 ? "" : rule.substring(ruleSlash + 1);
      return (wantedWhole.equals(ANY) || wantedWhole.equals(whole))
          && (wantedPart.equals(ANY) || wantedPart.equals(part));
    }
  }
}
