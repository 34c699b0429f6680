package io.croft.certificates;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.base.Component;
import io.croft.base.ComponentGroup;
import io.croft.certificates.acme.Acme;
import io.croft.certificates.api.Events;
import io.croft.certificates.api.IssuerKinds;
import io.croft.certificates.api.IssuerRef;
import io.croft.certificates.api.Marks;
import io.croft.certificates.api.RequestSpec;
import io.croft.certificates.api.Resources;
import io.croft.certificates.injection.Injectable;
import io.croft.certificates.injection.InjectionReconciler;
import io.croft.certificates.issuing.CertificateReconciler;
import io.croft.certificates.shim.DefinedWatch;
import io.croft.certificates.shim.GatewaySource;
import io.croft.certificates.shim.IngressSource;
import io.croft.certificates.shim.ListenerSetSource;
import io.croft.certificates.shim.ShimReconciler;
import io.croft.certificates.signing.ApprovedSigners;
import io.croft.certificates.signing.CaRotation;
import io.croft.certificates.signing.CaSigner;
import io.croft.certificates.signing.IssuerFinder;
import io.croft.certificates.signing.IssuerReconciler;
import io.croft.certificates.signing.RequestReconciler;
import io.croft.certificates.signing.SelfSignedSigner;
import io.croft.certificates.signing.SigningRequestReconciler;
import io.croft.certificates.signing.VaultSigner;
import io.croft.certificates.trust.BundleReconciler;
import io.croft.client.ApiClient;
import io.croft.client.Controller;
import io.croft.client.Informer;
import io.croft.client.Informers;
import io.croft.client.Request;
import io.croft.client.Selection;
import io.croft.metrics.Metrics;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/// The controllers of the certificate manager, wired.
public final class CertificateManager {
  /// Where the Secrets of cluster issuers are, as in an installation of upstream's chart.
  public static final String CLUSTER_NAMESPACE = "cert-manager";

  private static final int ISSUING_WORKERS = 8;
  private static final int SIGNING_WORKERS = 4;
  private static final String BY_SECRET = "secret";
  private static final String BY_SOURCE = "injected-from";
  private static final String BY_ISSUER = "issuer";

  /// Requests for issuers of other groups that wait for approval, perhaps until there is such a
  /// kind.
  private static final String UNAPPROVED = "unapproved";

  /// What is signed is looked at by who asks the API for it.
  private static final Selection REQUESTS =
      Selection.all(Resources.REQUESTS).without("spec.request", "status.certificate", "status.ca");

  private CertificateManager() {}

  /// What whoever runs it decides.
  ///
  /// @param acme how challenges of ACME servers are solved
  /// @param approved for which issuers requests are approved without anybody having a look
  public record Options(Acme.Config acme, ApprovedSigners approved) {}

  /// How the API server is verified.
  ///
  /// @param rootCertificates in PEM; more than one while they are replaced
  /// @param onChange has somebody told when they have changed
  public record ApiServerTrust(Supplier<String> rootCertificates, Consumer<Runnable> onChange) {}

  /// What the API has besides our own kinds.
  ///
  /// @param issuers which issuers there may be
  /// @param onChange has somebody told when what is served has changed; they must be quick
  public record ServedKinds(IssuerKinds issuers, Consumer<Runnable> onChange) {}

  /// @param client acts as the certificate manager's own identity
  /// @param informers where the controllers look; started before them
  /// @param secrets the metadata of all Secrets: what they hold is never kept
  /// @param kinds what the API has
  /// @param apiServer how the API server is verified
  /// @param metrics are told how certificates stand
  public static Component controllers(
      ApiClient client,
      Informers informers,
      MetadataInformer secrets,
      ServedKinds kinds,
      ApiServerTrust apiServer,
      Options options,
      Metrics metrics,
      InstantSource clock) {
    var acme = new Acme(client, options.acme(), clock);
    var issuing = new Events(client, "cert-manager-certificates", clock);
    var requesting = new Events(client, "cert-manager-certificaterequests", clock);
    var finder =
        new IssuerFinder(
            client,
            List.of(
                new SelfSignedSigner(client, requesting, clock),
                new CaSigner(client, clock),
                new VaultSigner(client),
                acme.signer()),
            CLUSTER_NAMESPACE);
    Informer certificates = informers.of(Resources.CERTIFICATES);
    Informer requests = informers.of(REQUESTS);
    var rotation = new CaRotation(client, finder, informers);
    var reconciler =
        new CertificateReconciler(
            client, certificates, requests, secrets.informer(), rotation, issuing, clock);
    var components = new ArrayList<Component>();
    components.add(secrets);
    for (var resource : List.of(Resources.ISSUERS, Resources.CLUSTER_ISSUERS)) {
      components.add(issuers(client, informers, secrets, resource, finder, clock));
    }
    components.add(
        requests(
            informers,
            secrets,
            kinds,
            new RequestReconciler(
                client, finder, kinds.issuers(), options.approved(), requesting, clock)));
    components.add(acme.controllers(informers, finder));
    components.add(
        Controller.builder("certificates", reconciler)
            .watch(certificates)
            .watch(requests, CertificateReconciler::concernedByRequest)
            .watch(secrets.informer(), reconciler::concernedBySecret)
            .watch(secrets.informer(), rotation::concernedBySecret)
            .watch(informers.of(Resources.ISSUERS), rotation::concernedByIssuer)
            .watch(informers.of(Resources.CLUSTER_ISSUERS), rotation::concernedByIssuer)
            .workers(ISSUING_WORKERS)
            .build());
    components.add(shims(client, informers, clock));
    components.add(signingRequests(client, informers, finder, clock));
    components.add(bundles(client, informers, secrets, clock));
    var injecting = new Events(client, "cert-manager-cainjector", clock);
    for (Injectable kind : Injectable.values()) {
      var injection =
          new InjectionReconciler(client, kind, apiServer.rootCertificates(), injecting, clock);
      components.add(injection(informers, secrets, kind, injection, apiServer));
    }
    var manager = new ComponentGroup("certificate-manager", components);
    CertificateMetrics.describe(metrics, informers, manager, acme, clock);
    return manager;
  }

  private static Component issuers(
      ApiClient client,
      Informers informers,
      MetadataInformer secrets,
      GroupVersionResource resource,
      IssuerFinder finder,
      InstantSource clock) {
    Informer issuers = informers.of(resource);
    issuers.addIndex(
        BY_SECRET,
        issuer ->
            named(issuer.json().path("spec")).stream()
                .map(name -> finder.secrets(issuer) + "/" + name)
                .toList());
    var events = new Events(client, "cert-manager-" + resource.resource(), clock);
    return Controller.builder(
            resource.resource(), new IssuerReconciler(client, resource, finder, events, clock))
        .watch(issuers)
        .watch(
            secrets.informer(),
            secret ->
                issuers.byIndex(BY_SECRET, secret.namespace() + "/" + secret.name()).stream()
                    .map(Request::of)
                    .toList())
        .workers(SIGNING_WORKERS) // one that waits for its server must not hold up the others
        .build();
  }

  /// The Secrets that an issuer names anywhere.
  private static List<String> named(JsonNode spec) {
    var names = new ArrayList<String>();
    for (var field : spec.properties()) {
      JsonNode value = field.getValue();
      if (field.getKey().equals("secretName")) {
        names.add(value.asText(""));
      } else if (field.getKey().endsWith("SecretRef") || field.getKey().equals("secretRef")) {
        names.add(value.path("name").asText(""));
      } else if (value.isObject()) {
        names.addAll(named(value));
      } else if (value.isArray()) {
        value.forEach(item -> names.addAll(named(item)));
      }
    }
    return names;
  }

  private static Component requests(
      Informers informers,
      MetadataInformer secrets,
      ServedKinds kinds,
      RequestReconciler reconciler) {
    Informer requests = informers.of(REQUESTS);
    // Most have been decided long ago, and none of these is looked at again.
    requests.addIndex(
        BY_SECRET,
        r ->
            undecided(r).stream()
                .map(_ -> r.namespace() + "/" + r.annotations().getOrDefault(Marks.PRIVATE_KEY, ""))
                .toList());
    requests.addIndex(BY_ISSUER, r -> undecided(r).stream().map(_ -> issuer(r)).toList());
    requests.addIndex(
        UNAPPROVED,
        r ->
            RequestReconciler.awaitsApproval(r) && !RequestSpec.of(r).issuerRef().ours()
                ? List.of(UNAPPROVED)
                : List.of());
    Controller controller =
        Controller.builder("certificaterequests", reconciler)
            .watch(requests, CertificateManager::undecided)
            .watch(
                secrets.informer(),
                s ->
                    requests.byIndex(BY_SECRET, s.namespace() + "/" + s.name()).stream()
                        .map(Request::of)
                        .toList())
            .watch(informers.of(Resources.ISSUERS), i -> signedBy(requests, i))
            .watch(informers.of(Resources.CLUSTER_ISSUERS), i -> signedBy(requests, i))
            .watch(informers.of(Resources.ORDERS), Acme::requests)
            .workers(SIGNING_WORKERS)
            .build();
    kinds
        .onChange()
        .accept(() ->
            requests.byIndex(UNAPPROVED, UNAPPROVED).stream()
                .filter(reconciler::approves)
                .map(Request::of)
                .forEach(controller::enqueue));
    return controller;
  }

  private static List<Request> undecided(ApiObject request) {
    return RequestReconciler.decided(request) ? List.of() : List.of(Request.of(request));
  }

  private static Component shims(ApiClient client, Informers informers, InstantSource clock) {
    Informer certificates = informers.of(Resources.CERTIFICATES);
    var ingressEvents = new Events(client, "cert-manager-ingress-shim", clock);
    var ingresses = new ShimReconciler(client, new IngressSource(), certificates, ingressEvents);
    var gatewayEvents = new Events(client, "cert-manager-gateway-shim", clock);
    var gateways = new ShimReconciler(client, new GatewaySource(), certificates, gatewayEvents);
    Controller gatewayController =
        Controller.builder("gateway-certificates", gateways)
            .watch(certificates, gateways::concernedBy)
            .build();
    var sets = new ShimReconciler(client, new ListenerSetSource(), certificates, gatewayEvents);
    Controller setController =
        Controller.builder("listener-set-certificates", sets)
            .watch(certificates, sets::concernedBy)
            .build();
    Informer definitions = informers.of(Injectable.DEFINITIONS.resource());
    var setWatch =
        new DefinedWatch(
            client,
            definitions,
            Resources.LISTENER_SETS,
            set -> setController.enqueue(Request.of(set)));
    var gatewayWatch =
        new DefinedWatch(
            client,
            definitions,
            Resources.GATEWAYS,
            gateway -> {
              gatewayController.enqueue(Request.of(gateway));
              setWatch.list().stream()
                  .filter(set -> ListenerSetSource.gateway(set).equals(Request.of(gateway)))
                  .forEach(set -> setController.enqueue(Request.of(set)));
            });
    return new ComponentGroup(
        "certificate-shims",
        List.of(
            Controller.builder("ingress-certificates", ingresses)
                .watch(informers.of(Resources.INGRESSES))
                .watch(certificates, ingresses::concernedBy)
                .build(),
            gatewayController,
            setController,
            setWatch,
            gatewayWatch));
  }

  private static Component bundles(
      ApiClient client, Informers informers, MetadataInformer secrets, InstantSource clock) {
    Informer bundles = informers.of(Resources.BUNDLES);
    Informer namespaces = informers.of(Resources.NAMESPACES);
    var sources =
        new MetadataInformer(
            client, new Selection(Resources.CONFIG_MAPS, CLUSTER_NAMESPACE, "", ""));
    var targets =
        new MetadataInformer(
            client, new Selection(Resources.CONFIG_MAPS, "", BundleReconciler.TARGETS, "").whole());
    var reconciler =
        new BundleReconciler(
            client,
            CLUSTER_NAMESPACE,
            namespaces,
            targets.informer(),
            new Events(client, "trust-manager", clock),
            clock);
    Function<ApiObject, List<Request>> all =
        changed -> bundles.list().stream().map(Request::of).toList();
    return new ComponentGroup(
        "trust-bundles",
        List.of(
            sources,
            targets,
            Controller.builder("bundles", reconciler)
                .watch(bundles)
                .watch(namespaces, all)
                .watch(sources.informer(), all)
                .watch(
                    secrets.informer(),
                    s -> s.namespace().equals(CLUSTER_NAMESPACE) ? all.apply(s) : List.of())
                .watch(targets.informer(), BundleReconciler::concernedBy)
                .build()));
  }

  private static Component signingRequests(
      ApiClient client, Informers informers, IssuerFinder finder, InstantSource clock) {
    var events = new Events(client, "cert-manager-certificatesigningrequests", clock);
    return Controller.builder(
            "issuer-signers",
            new SigningRequestReconciler(client, finder, CLUSTER_NAMESPACE, events, clock))
        .watch(informers.of(SigningRequestReconciler.RESOURCE))
        .build();
  }

  private static Component injection(
      Informers informers,
      MetadataInformer secrets,
      Injectable kind,
      InjectionReconciler reconciler,
      ApiServerTrust apiServer) {
    Informer targets = informers.of(kind.resource());
    targets.addIndex(BY_SOURCE, InjectionReconciler::sources);
    Controller controller =
        Controller.builder("ca-injection-" + kind.resource().resource(), reconciler)
            .watch(targets)
            .watch(
                secrets.informer(),
                secret ->
                    InjectionReconciler.secret(secret).stream()
                        .flatMap(source -> targets.byIndex(BY_SOURCE, source).stream())
                        .map(Request::of)
                        .toList())
            .watch(
                informers.of(Resources.CERTIFICATES),
                certificate ->
                    targets
                        .byIndex(BY_SOURCE, InjectionReconciler.certificate(certificate))
                        .stream()
                        .map(Request::of)
                        .toList())
            .build();
    apiServer
        .onChange()
        .accept(() ->
            targets.byIndex(BY_SOURCE, InjectionReconciler.API_SERVER).stream()
                .map(Request::of)
                .forEach(controller::enqueue));
    return controller;
  }

  private static String issuer(ApiObject request) {
    IssuerRef ref = RequestSpec.of(request).issuerRef();
    return (ref.cluster() ? "" : request.namespace()) + "/" + ref.name();
  }

  private static List<Request> signedBy(Informer requests, ApiObject issuer) {
    return requests.byIndex(BY_ISSUER, issuer.namespace() + "/" + issuer.name()).stream()
        .map(Request::of)
        .toList();
  }
}
