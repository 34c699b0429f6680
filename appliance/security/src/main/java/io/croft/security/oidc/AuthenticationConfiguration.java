package io.croft.security.oidc;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.model.FieldError;
import io.croft.model.FieldErrors;
import io.croft.model.MalformedYamlException;
import io.croft.model.Yaml;
import io.croft.security.config.ConfigNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// Kubernetes' `AuthenticationConfiguration` (`apiserver.config.k8s.io`), checked as kube-apiserver
/// checks it.
///
/// @param issuers whose tokens are accepted
public record AuthenticationConfiguration(List<JwtIssuer> issuers) {
  static final int MAX_ISSUERS = 64;

  private static final String GROUP = "apiserver.config.k8s.io/";
  private static final List<String> VERSIONS =
      List.of(GROUP + "v1", GROUP + "v1beta1", GROUP + "v1alpha1");
  private static final String KIND = "AuthenticationConfiguration";

  /// Nobody's.
  public static final AuthenticationConfiguration EMPTY =
      new AuthenticationConfiguration(List.of());

  public AuthenticationConfiguration {
    issuers = List.copyOf(issuers);
  }

  /// A configuration is not good; the message names every error, with its field.
  public static final class InvalidConfigurationException extends Exception {
    InvalidConfigurationException(String message) {
      super(message);
    }
  }

  /// @param yaml YAML or JSON
  /// @param disallowed issuers that are not to be configured, because they are known otherwise
  public static AuthenticationConfiguration read(
      byte[] yaml, ClaimExpressions expressions, Set<String> disallowed)
      throws InvalidConfigurationException {
    JsonNode json;
    try {
      json = Yaml.parse(yaml);
    } catch (MalformedYamlException e) {
      throw new InvalidConfigurationException(String.valueOf(e.getMessage()));
    }
    var errors = new FieldErrors();
    var root = new ConfigNode(json, "", errors, Set.of("apiVersion", "kind", "jwt", "anonymous"));
    requireType(root, errors);
    var configuration =
        new AuthenticationConfiguration(issuers(root, errors, expressions, disallowed));
    anonymous(root, errors);
    if (!errors.isEmpty()) {
      throw new InvalidConfigurationException(
          errors.list().stream()
              .map(FieldError::message)
              .distinct()
              .collect(Collectors.joining("; ")));
    }
    return configuration;
  }

  private static void requireType(ConfigNode root, FieldErrors errors) {
    String version = root.text("apiVersion");
    if (version.isEmpty()) {
      errors.add(FieldError.required("apiVersion", ""));
    } else if (!VERSIONS.contains(version)) {
      errors.add(FieldError.notSupported("apiVersion", version, VERSIONS));
    }
    if (!root.text("kind").equals(KIND)) {
      errors.add(FieldError.notSupported("kind", root.text("kind"), List.of(KIND)));
    }
  }

  private static List<JwtIssuer> issuers(
      ConfigNode root, FieldErrors errors, ClaimExpressions expressions, Set<String> disallowed) {
    List<ConfigNode> entries = root.children("jwt", IssuerReader.FIELDS);
    if (entries.size() > MAX_ISSUERS) {
      errors.add(FieldError.tooMany("jwt", entries.size(), MAX_ISSUERS));
      return List.of();
    }
    var issuers = new ArrayList<JwtIssuer>();
    var urls = new HashSet<String>();
    var discoveryUrls = new HashSet<String>();
    for (ConfigNode entry : entries) {
      issuers.add(new IssuerReader(entry, errors, expressions, disallowed).read());
      ConfigNode issuer = entry.child("issuer", IssuerReader.ISSUER_FIELDS);
      requireUnique(issuer, "url", urls, errors);
      requireUnique(issuer, "discoveryURL", discoveryUrls, errors);
    }
    return issuers;
  }

  private static void requireUnique(
      ConfigNode issuer, String field, Set<String> seen, FieldErrors errors) {
    String value = issuer.text(field);
    if (!value.isEmpty() && !seen.add(value)) {
      errors.add(FieldError.duplicate(issuer.at(field), value));
    }
  }

  /// There is no anonymous access here, so it can only be switched off.
  private static void anonymous(ConfigNode root, FieldErrors errors) {
    ConfigNode anonymous = root.child("anonymous", Set.of("enabled", "conditions"));
    if (anonymous.flag("enabled")) {
      errors.add(
          FieldError.forbidden(anonymous.at("enabled"), "there is no anonymous access here"));
    } else if (anonymous.has("conditions")) {
      errors.add(
          FieldError.invalid(
              anonymous.at("conditions"),
              FieldError.OMITTED,
              "enabled should be set to true when conditions are defined"));
    }
  }
}
