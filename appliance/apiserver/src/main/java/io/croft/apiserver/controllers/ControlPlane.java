package io.croft.apiserver.controllers;

import io.croft.apiserver.ApiServer;
import io.croft.apiserver.aggregation.RemoteApi;
import io.croft.apiserver.controllers.garbage.GarbageCollector;
import io.croft.apiserver.controllers.policy.PolicyStatusReconciler;
import io.croft.base.Component;
import io.croft.base.ComponentGroup;
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
import io.croft.pki.Pem;
import io.croft.pki.Purpose;
import io.croft.security.token.BootstrapTokens;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/// The loops that an API server cannot do without: what is to be deleted is emptied first, and what
/// has lost its owners goes with them; namespaces and service accounts get what belongs to them.
public final class ControlPlane {
  private static final String BY_ACCOUNT = "account";

  /// How long before it is forgotten an event is renewed that is still true.
  private static final Duration RENEWED_BEFORE = Duration.ofMinutes(5);

  private ControlPlane() {}

  /// Whom clients and the server trust.
  ///
  /// @param rootCertificates with which the API server is verified, in PEM
  /// @param issuers who issues for a purpose other than servers
  /// @param onChange has something run whenever one of these has changed
  public record Trust(
      Supplier<String> rootCertificates,
      Function<Purpose, CertificateAuthority> issuers,
      Consumer<Runnable> onChange) {
    /// For the servers of other APIs.
    Map<String, String> extensions() {
      return Map.of(
          "client-ca-file", pem(Purpose.CLIENTS),
          "requestheader-client-ca-file", pem(Purpose.FRONT_PROXY));
    }

    private String pem(Purpose purpose) {
      return Pem.encode(issuers.apply(purpose).trusted());
    }
  }

  /// @param client acts as the control plane's own identity
  /// @param informers where the controllers look; started before them
  public static List<Component> controllers(
      ApiServer server, ApiClient client, Informers informers, Trust trust, InstantSource clock) {
    var controllers = new ArrayList<>(always(server, client, informers, trust, clock));
    var served = server.catalog().snapshot().byResource();
    if (served.containsKey(CertificateRequests.REQUESTS)) {
      controllers.add(
          Controller.builder(
                  "certificate-requests", new CertificateRequests(client, trust.issuers(), clock))
              .watch(informers.of(CertificateRequests.REQUESTS))
              .build());
    }
    if (served.containsKey(QuotaReconciler.QUOTAS)) {
      controllers.add(
          Controller.builder("resource-quotas", new QuotaReconciler(server.quotas()))
              .watch(informers.of(QuotaReconciler.QUOTAS))
              .build());
    }
    if (served.containsKey(PolicyStatusReconciler.POLICIES)) {
      Informer policies = informers.of(PolicyStatusReconciler.POLICIES);
      controllers.add(
          Controller.builder(
                  "policy-status", new PolicyStatusReconciler(client, policies, server.catalog()))
              .watch(policies)
              .build());
    }
    controllers.add(aggregation(server, client, informers, trust, clock));
    return List.copyOf(controllers);
  }

  private static Component aggregation(
      ApiServer server, ApiClient client, Informers informers, Trust trust, InstantSource clock) {
    var services = informers.of(ApiServiceAvailability.API_SERVICES);
    var definitions = informers.of(DefinitionReconciler.DEFINITIONS);
    var custom = new CustomApiServices(client, definitions, services);
    Controller authentication = extensionAuthentication(client, informers, trust);
    return new ComponentGroup(
        "aggregation",
        List.of(
            Controller.builder("api-services", new ApiServiceAvailability(server, client, clock))
                .watch(services)
                .watch(
                    informers.of(ApiServiceAvailability.SERVICES),
                    service -> servedBy(service, services))
                .build(),
            Controller.builder("custom-api-services", custom)
                .watch(services)
                .watch(definitions, custom::concernedBy)
                .build(),
            authentication));
  }

  private static Controller extensionAuthentication(
      ApiClient client, Informers informers, Trust trust) {
    Controller controller =
        Controller.builder(
                "extension-authentication", new ExtensionAuthentication(client, trust::extensions))
            .watch(informers.of(NamespaceDefaults.NAMESPACES), ControlPlane::systemNamespace)
            .watch(
                named(informers, ExtensionAuthentication.CONFIG_MAPS, ExtensionAuthentication.NAME),
                map -> authentication(map.namespace()))
            .build();
    trust
        .onChange()
        .accept(
            () -> authentication(ExtensionAuthentication.NAMESPACE).forEach(controller::enqueue));
    return controller;
  }

  private static List<Request> servedBy(ApiObject service, Informer apiServices) {
    return apiServices.list().stream()
        .filter(api ->
            RemoteApi.of(api)
                .filter(r -> r.namespace().equals(service.namespace()))
                .filter(r -> r.service().equals(service.name()))
                .isPresent())
        .map(Request::of)
        .toList();
  }

  private static List<Request> systemNamespace(ApiObject namespace) {
    return authentication(namespace.name());
  }

  private static List<Request> authentication(String namespace) {
    return namespace.equals(ExtensionAuthentication.NAMESPACE)
        ? List.of(new Request(namespace, ExtensionAuthentication.NAME))
        : List.of();
  }

  private static List<Component> always(
      ApiServer server, ApiClient client, Informers informers, Trust trust, InstantSource clock) {
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
        namespaceDefaults(client, informers, trust),
        tokenSecrets(server, client, informers, trust),
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
            .build(),
        new WorkloadNotices(
            client,
            new EventRecorder(client, "workload-notices", clock),
            clock,
            eventLifetime(server).minus(RENEWED_BEFORE)));
  }

  private static Controller namespaceDefaults(ApiClient client, Informers informers, Trust trust) {
    Informer namespaces = informers.of(NamespaceDefaults.NAMESPACES);
    Controller controller =
        Controller.builder(
                "namespace-defaults", new NamespaceDefaults(client, trust.rootCertificates()))
            .watch(namespaces)
            .watch(
                named(informers, NamespaceDefaults.ACCOUNTS, NamespaceDefaults.ACCOUNT),
                ControlPlane::namespace)
            .watch(
                named(informers, NamespaceDefaults.CONFIG_MAPS, NamespaceDefaults.ROOT_CA),
                ControlPlane::namespace)
            .build();
    allAgain(controller, namespaces, trust);
    return controller;
  }

  private static void allAgain(Controller controller, Informer objects, Trust trust) {
    trust.onChange().accept(() -> objects.list().forEach(o -> controller.enqueue(Request.of(o))));
  }

  private static Duration eventLifetime(ApiServer server) {
    return server
        .catalog()
        .snapshot()
        .find("", "v1", "events")
        .orElseThrow()
        .strategy()
        .timeToLive();
  }

  private static Controller tokenSecrets(
      ApiServer server, ApiClient client, Informers informers, Trust trust) {
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
    Controller controller =
        Controller.builder(
                "token-secrets",
                new TokenSecretReconciler(client, server.tokens(), trust.rootCertificates()))
            .watch(secrets)
            .watch(
                informers.of(NamespaceDefaults.ACCOUNTS),
                account ->
                    secrets.byIndex(BY_ACCOUNT, Request.of(account).toString()).stream()
                        .map(Request::of)
                        .toList())
            .build();
    allAgain(controller, secrets, trust);
    return controller;
  }

  private static Informer named(Informers informers, GroupVersionResource resource, String name) {
    return informers.of(new Selection(resource, "", "", "metadata.name=" + name));
  }

  /// The namespace that an object is in.
  private static List<Request> namespace(ApiObject object) {
    return List.of(new Request("", object.namespace()));
  }
}
