package io.croft.security.webhook;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.model.FieldError;
import io.croft.model.FieldErrors;
import io.croft.model.MalformedYamlException;
import io.croft.model.Names;
import io.croft.model.Yaml;
import io.croft.security.config.ConfigNode;
import io.croft.security.oidc.ClaimExpressions.Expression;
import io.croft.security.oidc.ClaimExpressions.ExpressionException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Kubernetes' `AuthorizationConfiguration` (`apiserver.config.k8s.io`), as far as its authorizers
/// are of the types `RBAC`, which there must be one of, and `Webhook`.
///
/// @param authorizers in their order; empty stands for RBAC
record AuthorizationConfiguration(List<Optional<WebhookSettings>> authorizers) {
  private static final String GROUP = "apiserver.config.k8s.io/";
  private static final List<String> VERSIONS =
      List.of(GROUP + "v1", GROUP + "v1beta1", GROUP + "v1alpha1");
  private static final String KIND = "AuthorizationConfiguration";
  private static final int MAX_AUTHORIZERS = 16;
  private static final int MAX_CONDITIONS = 64;
  private static final Duration MAX_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration AUTHORIZED = Duration.ofMinutes(5);
  private static final Duration UNAUTHORIZED = Duration.ofSeconds(30);

  private static final Set<String> WEBHOOK =
      Set.of(
          "authorizedTTL",
          "cacheAuthorizedRequests",
          "unauthorizedTTL",
          "cacheUnauthorizedRequests",
          "timeout",
          "subjectAccessReviewVersion",
          "matchConditionSubjectAccessReviewVersion",
          "failurePolicy",
          "connectionInfo",
          "matchConditions");

  /// As Go writes durations, as far as anybody uses it here.
  private static final Pattern DURATION =
      Pattern.compile("(?:(\\d{1,4})h)?(?:(\\d{1,6})m)?(?:(\\d{1,8})s)?(?:(\\d{1,9})ms)?");

  AuthorizationConfiguration {
    authorizers = List.copyOf(authorizers);
  }

  /// A configuration is not good; the message names every error, with its field.
  static final class InvalidConfigurationException extends Exception {
    InvalidConfigurationException(String message) {
      super(message);
    }
  }

  /// @param yaml YAML or JSON
  static AuthorizationConfiguration read(byte[] yaml, ReviewExpressions expressions)
      throws InvalidConfigurationException {
    JsonNode json;
    try {
      json = Yaml.parse(yaml);
    } catch (MalformedYamlException e) {
      throw new InvalidConfigurationException(String.valueOf(e.getMessage()));
    }
    var errors = new FieldErrors();
    var root = new ConfigNode(json, "", errors, Set.of("apiVersion", "kind", "authorizers"));
    oneOf(root, "apiVersion", VERSIONS, errors);
    oneOf(root, "kind", List.of(KIND), errors);
    var authorizers = new ArrayList<Optional<WebhookSettings>>();
    var names = new HashSet<String>();
    for (ConfigNode entry : root.children("authorizers", Set.of("type", "name", "webhook"))) {
      if (!names.add(entry.text("name"))) {
        errors.add(FieldError.duplicate(entry.at("name"), entry.text("name")));
      }
      authorizers.add(authorizer(entry, errors, expressions));
    }
    long rbac = authorizers.stream().filter(Optional::isEmpty).count();
    if (rbac != 1) {
      errors.add(
          FieldError.invalid("authorizers", FieldError.OMITTED, "one must be of the type RBAC"));
    }
    if (authorizers.size() > MAX_AUTHORIZERS) {
      errors.add(FieldError.tooMany("authorizers", authorizers.size(), MAX_AUTHORIZERS));
    }
    if (!errors.isEmpty()) {
      throw new InvalidConfigurationException(
          errors.list().stream()
              .map(FieldError::message)
              .distinct()
              .collect(Collectors.joining("; ")));
    }
    return new AuthorizationConfiguration(authorizers);
  }

  private static Optional<WebhookSettings> authorizer(
      ConfigNode entry, FieldErrors errors, ReviewExpressions expressions) {
    String name = entry.text("name");
    if (!Names.dns1123Subdomain(name).isEmpty()) {
      errors.add(FieldError.invalid(entry.at("name"), name, "must be a DNS subdomain"));
    }
    oneOf(entry, "type", List.of("RBAC", "Webhook"), errors);
    if (!entry.text("type").equals("Webhook")) {
      if (entry.has("webhook")) {
        errors.add(
            FieldError.invalid(entry.at("webhook"), FieldError.OMITTED, "type is not Webhook"));
      }
      return Optional.empty();
    }
    ConfigNode webhook = entry.child("webhook", WEBHOOK);
    Duration timeout = duration(webhook, "timeout", Duration.ZERO, errors);
    if (timeout.isZero() || timeout.compareTo(MAX_TIMEOUT) > 0) {
      errors.add(
          FieldError.invalid(
              webhook.at("timeout"), webhook.text("timeout"), "must be > 0s and <= 30s"));
    }
    oneOf(webhook, "failurePolicy", List.of("NoOpinion", "Deny"), errors);
    oneOf(webhook, "subjectAccessReviewVersion", List.of("v1"), errors);
    List<Expression> conditions = conditions(webhook, errors, expressions);
    if (!conditions.isEmpty() || webhook.has("matchConditionSubjectAccessReviewVersion")) {
      oneOf(webhook, "matchConditionSubjectAccessReviewVersion", List.of("v1"), errors);
    }
    return Optional.of(
        new WebhookSettings(
            name,
            remembered(webhook, "authorizedTTL", "cacheAuthorizedRequests", AUTHORIZED, errors),
            remembered(
                webhook, "unauthorizedTTL", "cacheUnauthorizedRequests", UNAUTHORIZED, errors),
            timeout,
            webhook.text("failurePolicy").equals("Deny"),
            kubeconfig(webhook, errors),
            conditions));
  }

  private static Duration remembered(
      ConfigNode webhook, String field, String flag, Duration usual, FieldErrors errors) {
    Duration duration = duration(webhook, field, usual, errors);
    return webhook.has(flag) && !webhook.flag(flag) ? Duration.ZERO : duration;
  }

  private static Path kubeconfig(ConfigNode webhook, FieldErrors errors) {
    ConfigNode connection = webhook.child("connectionInfo", Set.of("type", "kubeConfigFile"));
    oneOf(connection, "type", List.of("KubeConfigFile"), errors);
    String file = connection.text("kubeConfigFile");
    try {
      Path path = Path.of(file);
      if (!path.isAbsolute()) {
        errors.add(
            FieldError.invalid(connection.at("kubeConfigFile"), file, "must be an absolute path"));
      }
      return path;
    } catch (InvalidPathException e) {
      errors.add(FieldError.invalid(connection.at("kubeConfigFile"), file, "must be a path"));
      return Path.of("");
    }
  }

  private static List<Expression> conditions(
      ConfigNode webhook, FieldErrors errors, ReviewExpressions expressions) {
    var conditions = new ArrayList<Expression>();
    var seen = new HashSet<String>();
    List<ConfigNode> given = webhook.children("matchConditions", Set.of("expression"));
    if (given.size() > MAX_CONDITIONS) {
      errors.add(FieldError.tooMany(webhook.at("matchConditions"), given.size(), MAX_CONDITIONS));
    }
    for (ConfigNode condition : given) {
      String source = condition.text("expression");
      String at = condition.at("expression");
      if (source.isBlank()) {
        errors.add(FieldError.required(at, ""));
        continue;
      }
      if (!seen.add(source)) {
        errors.add(FieldError.duplicate(at, source));
      }
      try {
        Expression compiled = expressions.ofRequest(source);
        if (!compiled.isBoolean()) {
          errors.add(FieldError.invalid(at, source, "must evaluate to bool"));
        }
        conditions.add(compiled);
      } catch (ExpressionException e) {
        errors.add(FieldError.invalid(at, source, String.valueOf(e.getMessage())));
      }
    }
    return conditions;
  }

  private static Duration duration(
      ConfigNode node, String field, Duration usual, FieldErrors errors) {
    String text = node.text(field);
    if (text.isEmpty()) {
      return usual;
    }
    Matcher parts = DURATION.matcher(text);
    if (!parts.matches()) {
      errors.add(FieldError.invalid(node.at(field), text, "must be a duration such as 3s"));
      return usual;
    }
    return Duration.ofHours(number(parts, 1))
        .plusMinutes(number(parts, 2))
        .plusSeconds(number(parts, 3))
        .plusMillis(number(parts, 4));
  }

  private static long number(Matcher parts, int group) {
    String digits = parts.group(group);
    return digits == null ? 0 : Long.parseLong(digits);
  }

  private static void oneOf(
      ConfigNode node, String field, List<String> values, FieldErrors errors) {
    String text = node.text(field);
    if (text.isEmpty()) {
      errors.add(FieldError.required(node.at(field), ""));
    } else if (!values.contains(text)) {
      errors.add(FieldError.notSupported(node.at(field), text, values));
    }
  }
}
