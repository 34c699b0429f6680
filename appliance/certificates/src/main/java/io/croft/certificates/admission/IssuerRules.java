package io.croft.certificates.admission;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.model.ApiObject;
import io.croft.model.FieldError;
import io.croft.model.FieldErrors;
import java.util.ArrayList;
import java.util.List;

/// What an `Issuer` or `ClusterIssuer` must be like.
final class IssuerRules {
  private static final List<String> TYPES = List.of("acme", "ca", "selfSigned", "vault", "venafi");
  private static final List<String> VAULT_AUTHENTICATIONS =
      List.of("tokenSecretRef", "appRole", "clientCertificate", "kubernetes", "aws");
  private static final List<String> DNS_PROVIDERS =
      List.of(
          "acmeDNS",
          "akamai",
          "azureDNS",
          "cloudDNS",
          "cloudflare",
          "digitalocean",
          "rfc2136",
          "route53",
          "webhook");
  private static final int MAX_CHAIN_NAME = 64;

  private IssuerRules() {}

  static void check(ApiObject issuer, FieldErrors errors) {
    JsonNode spec = issuer.json().path("spec");
    oneOf(spec, TYPES, "spec", "issuer", errors);
    if (spec.has("ca")) {
      required(spec.path("ca"), "secretName", "spec.ca", errors);
    }
    if (spec.has("vault")) {
      checkVault(spec.path("vault"), errors);
    }
    if (spec.has("acme")) {
      checkAcme(spec.path("acme"), errors);
    }
    if (spec.has("venafi")) {
      oneOf(spec.path("venafi"), List.of("tpp", "cloud", "ngts"), "spec.venafi", "venafi", errors);
    }
  }

  private static void oneOf(
      JsonNode json, List<String> choices, String field, String what, FieldErrors errors) {
    var chosen = new ArrayList<>(choices);
    chosen.removeIf(choice -> !json.hasNonNull(choice));
    if (chosen.isEmpty()) {
      errors.add(
          FieldError.required(field, "at least one " + what + " must be configured: " + choices));
    }
    for (String more : chosen.subList(Math.min(1, chosen.size()), chosen.size())) {
      errors.add(
          FieldError.forbidden(
              field + "." + more, "may not specify more than one " + what + " type"));
    }
  }

  private static void required(JsonNode json, String name, String field, FieldErrors errors) {
    if (json.path(name).asText("").isEmpty()) {
      errors.add(FieldError.required(field + "." + name, "must be specified"));
    }
  }

  private static void checkVault(JsonNode vault, FieldErrors errors) {
    required(vault, "server", "spec.vault", errors);
    required(vault, "path", "spec.vault", errors);
    if (vault.has("caBundle") && vault.has("caBundleSecretRef")) {
      errors.add(
          FieldError.forbidden(
              "spec.vault.caBundle",
              "specified caBundle and caBundleSecretRef cannot be used together"));
    }
    if (vault.has("clientCertSecretRef") != vault.has("clientKeySecretRef")) {
      errors.add(
          FieldError.invalid(
              "spec.vault",
              FieldError.OMITTED,
              "clientCertSecretRef and clientKeySecretRef must be set together"));
    }
    JsonNode auth = vault.path("auth");
    oneOf(auth, VAULT_AUTHENTICATIONS, "spec.vault.auth", "authentication", errors);
    if (auth.has("tokenSecretRef")) {
      References.checkSecret(
          auth.path("tokenSecretRef"), "spec.vault.auth.tokenSecretRef", false, errors);
    }
    if (auth.has("appRole")) {
      String field = "spec.vault.auth.appRole";
      required(auth.path("appRole"), "roleId", field, errors);
      References.checkSecret(
          auth.path("appRole").path("secretRef"), field + ".secretRef", true, errors);
    }
    if (auth.has("kubernetes")) {
      JsonNode kubernetes = auth.path("kubernetes");
      String field = "spec.vault.auth.kubernetes";
      required(kubernetes, "role", field, errors);
      oneOf(kubernetes, List.of("secretRef", "serviceAccountRef"), field, "credential", errors);
    }
  }

  private static void checkAcme(JsonNode acme, FieldErrors errors) {
    required(acme, "server", "spec.acme", errors);
    References.checkSecret(
        acme.path("privateKeySecretRef"), "spec.acme.privateKeySecretRef", false, errors);
    if (acme.has("caBundle") && acme.path("skipTLSVerify").asBoolean(false)) {
      errors.add(
          FieldError.invalid(
              "spec.acme",
              FieldError.OMITTED,
              "caBundle and skipTLSVerify are mutually exclusive"));
    }
    if (acme.path("preferredChain").asText("").length() > MAX_CHAIN_NAME) {
      errors.add(FieldError.tooLong("spec.acme.preferredChain", MAX_CHAIN_NAME));
    }
    JsonNode binding = acme.path("externalAccountBinding");
    if (binding.isObject()) {
      String field = "spec.acme.externalAccountBinding";
      required(binding, "keyID", field, errors);
      References.checkSecret(binding.path("keySecretRef"), field + ".keySecretRef", true, errors);
    }
    JsonNode solvers = acme.path("solvers");
    for (int i = 0; i < solvers.size() && !errors.isFull(); i++) {
      checkSolver(solvers.path(i), "spec.acme.solvers[" + i + "]", errors);
    }
  }

  private static void checkSolver(JsonNode solver, String field, FieldErrors errors) {
    oneOf(solver, List.of("http01", "dns01"), field, "solver", errors);
    JsonNode http = solver.path("http01");
    if (http.isObject()) {
      String where = field + ".http01";
      oneOf(http, List.of("ingress", "gatewayHTTPRoute"), where, "solver", errors);
      JsonNode ingress = http.path("ingress");
      long targets =
          List.of("ingressClassName", "class", "name").stream()
              .filter(name -> !ingress.path(name).asText("").isEmpty())
              .count();
      if (targets > 1) {
        errors.add(
            FieldError.forbidden(
                where + ".ingress",
                "only one of 'ingressClassName', 'name' or 'class' should be specified"));
      }
    }
    if (solver.path("dns01").isObject()) {
      oneOf(solver.path("dns01"), DNS_PROVIDERS, field + ".dns01", "provider", errors);
    }
  }
}
