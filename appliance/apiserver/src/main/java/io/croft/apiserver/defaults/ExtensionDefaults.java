package io.croft.apiserver.defaults;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/// Defaults of webhooks, admission policies and other API servers.
public final class ExtensionDefaults {
  private static final int HTTPS = 443;

  private ExtensionDefaults() {}

  public static void validatingWebhooks(ObjectNode object) {
    Fill.items(object, "webhooks").forEach(ExtensionDefaults::webhook);
  }

  public static void mutatingWebhooks(ObjectNode object) {
    for (ObjectNode hook : Fill.items(object, "webhooks")) {
      webhook(hook);
      Fill.text(hook, "reinvocationPolicy", "Never");
    }
  }

  private static void webhook(ObjectNode hook) {
    Fill.text(hook, "failurePolicy", "Fail");
    Fill.text(hook, "matchPolicy", "Equivalent");
    Fill.object(hook, "namespaceSelector");
    Fill.object(hook, "objectSelector");
    Fill.number(hook, "timeoutSeconds", 10);
    rules(hook, "rules");
    client(hook.path("clientConfig"));
  }

  /// @param config a webhook's `clientConfig`
  public static void client(JsonNode config) {
    if (config.get("service") instanceof ObjectNode service) {
      Fill.number(service, "port", HTTPS);
    }
  }

  private static void rules(ObjectNode parent, String field) {
    Fill.items(parent, field).forEach(rule -> Fill.text(rule, "scope", "*"));
  }

  public static void admissionPolicy(ObjectNode object) {
    ObjectNode spec = Fill.object(object, "spec");
    Fill.text(spec, "failurePolicy", "Fail");
    if (Fill.has(spec, "matchConstraints")) {
      match(Fill.object(spec, "matchConstraints"));
    }
  }

  public static void admissionPolicyBinding(ObjectNode object) {
    ObjectNode spec = Fill.object(object, "spec");
    if (Fill.has(spec, "matchResources")) {
      match(Fill.object(spec, "matchResources"));
    }
  }

  private static void match(ObjectNode match) {
    Fill.text(match, "matchPolicy", "Equivalent");
    Fill.object(match, "namespaceSelector");
    Fill.object(match, "objectSelector");
    for (String field : List.of("resourceRules", "excludeResourceRules")) {
      rules(match, field);
    }
  }

  public static void apiService(ObjectNode object) {
    if (object.path("spec").get("service") instanceof ObjectNode service) {
      Fill.number(service, "port", HTTPS);
    }
  }

  public static void priorityLevel(ObjectNode object) {
    ObjectNode spec = Fill.object(object, "spec");
    if (spec.get("limited") instanceof ObjectNode limited) {
      Fill.number(limited, "nominalConcurrencyShares", 30);
      Fill.number(limited, "lendablePercent", 0);
    }
  }

  public static void flowSchema(ObjectNode object) {
    Fill.numberUnlessZero(Fill.object(object, "spec"), "matchingPrecedence", 1000);
  }
}
