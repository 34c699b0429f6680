package io.croft.apiserver.controllers;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.client.ApiClient;
import io.croft.client.DeleteOptions;
import io.croft.client.Reconciler;
import io.croft.client.Request;
import io.croft.client.Result;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.StatusException;
import io.croft.model.StatusReason;
import io.croft.security.token.ServiceAccountTokens;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Optional;
import java.util.function.Supplier;

/// Fills Secrets of type `kubernetes.io/service-account-token` with a token of the service account
/// that they name, and deletes them when that is gone: tokens for those who cannot ask for one.
final class TokenSecretReconciler implements Reconciler {
  static final GroupVersionResource SECRETS = new GroupVersionResource("", "v1", "secrets");
  static final String TYPE = "kubernetes.io/service-account-token";
  static final String ACCOUNT_NAME = "kubernetes.io/service-account.name";
  private static final String ACCOUNT_UID = "kubernetes.io/service-account.uid";

  private final ApiClient client;
  private final ServiceAccountTokens tokens;
  private final Supplier<String> rootCertificates;

  /// @param rootCertificates in PEM
  TokenSecretReconciler(
      ApiClient client, ServiceAccountTokens tokens, Supplier<String> rootCertificates) {
    this.client = client;
    this.tokens = tokens;
    this.rootCertificates = rootCertificates;
  }

  @Override
  public Result reconcile(Request request) {
    Optional<ApiObject> found = client.find(SECRETS, request.namespace(), request.name());
    if (found.isEmpty() || found.get().deletionTimestamp() != null) {
      return Result.DONE;
    }
    ApiObject secret = found.get();
    String name = secret.annotations().getOrDefault(ACCOUNT_NAME, "");
    if (!secret.json().path("type").asText().equals(TYPE) || name.isEmpty()) {
      return Result.DONE;
    }
    String uid = secret.annotations().getOrDefault(ACCOUNT_UID, "");
    Optional<ApiObject> account =
        client
            .find(NamespaceDefaults.ACCOUNTS, request.namespace(), name)
            .filter(a -> uid.isEmpty() || uid.equals(a.uid()));
    if (account.isEmpty()) {
      delete(secret);
    } else {
      fill(secret, account.get());
    }
    return Result.DONE;
  }

  private void delete(ApiObject secret) {
    try {
      client.delete(
          SECRETS,
          secret.namespace(),
          secret.name(),
          DeleteOptions.DEFAULT
              .withUid(secret.uid())
              .withResourceVersion(secret.resourceVersion()));
    } catch (StatusException e) {
      if (e.status().code() != StatusReason.NOT_FOUND.code()) {
        throw e;
      }
    }
  }

  private void fill(ApiObject secret, ApiObject account) {
    ApiObject filled = secret.copy();
    var annotations = new HashMap<>(filled.annotations());
    annotations.put(ACCOUNT_UID, account.uid());
    filled.setAnnotations(annotations);
    ObjectNode data =
        filled.json().get("data") instanceof ObjectNode there
            ? there
            : filled.json().putObject("data");
    data.put("ca.crt", base64(rootCertificates.get()));
    data.put("namespace", base64(secret.namespace()));
    if (data.path("token").asText("").isEmpty()) {
      data.put("token", base64(tokens.issueLegacy(account, secret.name())));
    }
    if (!filled.json().equals(secret.json())) {
      client.update(SECRETS, filled);
    }
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
