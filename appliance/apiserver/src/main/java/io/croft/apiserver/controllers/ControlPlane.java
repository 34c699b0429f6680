package io.croft.apiserver.controllers;

import io.croft.apiserver.ApiServer;
import io.croft.apiserver.controllers.garbage.GarbageCollector;
import io.croft.base.Component;
import io.croft.client.ApiClient;
import io.croft.client.Controller;
import io.croft.client.EventRecorder;
import io.croft.client.Informer;
import io.croft.client.Informers;
import io.croft.client.Request;
import io.croft.client.Selection;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.pki.CertificateAuthority;
import io.croft.security.token.BootstrapTokens;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/// The loops that an API server cannot do without: what is to be deleted is emptied first, and what
/// has lost its owners goes with them; namespaces and service accounts get what belongs to them.
public final class ControlPlane {
  private static final String BY_ACCOUNT = "account";

  private ControlPlane() {}

  /// Whom clients and the server trust.
  ///
  /// @param rootCertificates with which the API server is verified, in PEM
  /// @param clientAuthority whose certificates clients log in with
  public record Trust(
      Supplier<String> rootCertificates, Supplier<CertificateAuthority> clientAuthority) {}

  /// @param client acts as the control plane's own identity
  /// @param informers where the controllers look; started before them
  public static List<Component> controllers(
      ApiServer server, ApiClient client, Informers informers, Trust trust, InstantSource clock) {
    var controllers = new ArrayList<>(always(server, client, informers, trust, clock));
    var served = server.catalog().snapshot().byResource();
    if (served.containsKey(CertificateRequests.REQUESTS)) {
      controllers.add(
          Controller.builder(
                  "certificate-requests",
                  new CertificateRequests(client, trust.clientAuthority(), clock))
              .watch(informers.of(CertificateRequests.REQUESTS))
              .build());
    }
    if (served.containsKey(QuotaReconciler.QUOTAS)) {
      controllers.add(
          Controller.builder("resource-quotas", new QuotaReconciler(server.quotas()))
              .watch(informers.of(QuotaReconciler.QUOTAS))
              .build());
    }
    return List.copyOf(controllers);
  }

  private static List<Component> always(
      ApiServer server, ApiClient client, Informers informers, Trust trust, InstantSource clock) {
    Supplier<String> rootCertificates = trust.rootCertificates();
    var roles = informers.of(ClusterRoleAggregation.ROLES);
    var aggregation = new ClusterRoleAggregation(client, roles);
    var namespaces = informers.of(NamespaceDefaults.NAMESPACES);
    var definitions = informers.of(DefinitionReconciler.DEFINITIONS);
    return List.of(
        Controller.builder(
                "namespace-controller", new NamespaceReconciler(client, server.catalog(), clock))
            .watch(namespaces)
            .build(),
        Controller.builder("crd-controller", new DefinitionReconciler(client))
            .watch(definitions)
            .build(),
        new GarbageCollector(
            server.catalog(),
            client,
            new EventRecorder(client, "garbage-collector-controller", clock)),
        Controller.builder("namespace-defaults", new NamespaceDefaults(client, rootCertificates))
            .watch(namespaces)
            .watch(
                named(informers, NamespaceDefaults.ACCOUNTS, NamespaceDefaults.ACCOUNT),
                ControlPlane::namespace)
            .watch(
                named(informers, NamespaceDefaults.CONFIG_MAPS, NamespaceDefaults.ROOT_CA),
                ControlPlane::namespace)
            .build(),
        tokenSecrets(server, client, informers, rootCertificates),
        Controller.builder("bootstrap-tokens", new BootstrapTokenCleaner(client, clock))
            .watch(
                informers.of(
                    new Selection(
                        TokenSecretReconciler.SECRETS,
                        BootstrapTokens.NAMESPACE,
                        "",
                        "type=" + BootstrapTokens.TYPE)))
            .build(),
        Controller.builder("role-aggregation", aggregation)
            .watch(roles, aggregation::concernedBy)
            .build());
  }

  private static Controller tokenSecrets(
      ApiServer server, ApiClient client, Informers informers, Supplier<String> rootCertificates) {
    Informer secrets =
        informers.of(
            new Selection(
                TokenSecretReconciler.SECRETS, "", "", "type=" + TokenSecretReconciler.TYPE));
    secrets.addIndex(
        BY_ACCOUNT,
        s ->
            List.of(
                s.namespace()
                    + "/"
                    + s.annotations().getOrDefault(TokenSecretReconciler.ACCOUNT_NAME, "")));
    return Controller.builder(
            "token-secrets", new TokenSecretReconciler(client, server.tokens(), rootCertificates))
        .watch(secrets)
        .watch(
            informers.of(NamespaceDefaults.ACCOUNTS),
            account ->
                secrets.byIndex(BY_ACCOUNT, Request.of(account).toString()).stream()
                    .map(Request::of)
                    .toList())
        .build();
  }

  private static Informer named(Informers informers, GroupVersionResource resource, String name) {
    return informers.of(new Selection(resource, "", "", "metadata.name=" + name));
  }

  /// The namespace that an object is in.
  private static List<Request> namespace(ApiObject object) {
    return List.of(new Request("", object.namespace()));
  }
}
