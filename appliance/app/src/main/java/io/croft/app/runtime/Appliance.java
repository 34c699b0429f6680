package io.croft.app.runtime;

import io.croft.apiserver.ApiServer;
import io.croft.apiserver.ServerVersion;
import io.croft.apiserver.authentication.ClaimPrograms;
import io.croft.apiserver.builtin.RbacAdmission;
import io.croft.apiserver.builtin.SignerAdmission;
import io.croft.apiserver.controllers.ControlPlane;
import io.croft.apiserver.flow.FairQueue;
import io.croft.apiserver.flow.FlowControl;
import io.croft.apiserver.storage.AesGcmSealing;
import io.croft.app.config.Configuration;
import io.croft.app.config.Engine;
import io.croft.app.config.KeyEncryption;
import io.croft.base.AtomicFiles;
import io.croft.base.Component;
import io.croft.base.ComponentState;
import io.croft.base.ComponentStatus;
import io.croft.base.DataDirectory;
import io.croft.base.DataDirectoryException;
import io.croft.base.HostPort;
import io.croft.base.Lifecycle;
import io.croft.base.LifecycleException;
import io.croft.base.Settings;
import io.croft.base.http.HttpHandler;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.certificates.CertificateManager;
import io.croft.certificates.MetadataInformer;
import io.croft.certificates.acme.Acme;
import io.croft.certificates.acme.solving.Http01Tokens;
import io.croft.certificates.admission.CertificateAdmission;
import io.croft.certificates.api.IssuerKinds.IssuerKind;
import io.croft.certificates.definition.CertificateDefinitions;
import io.croft.certificates.signing.ApprovedSigners;
import io.croft.client.ApiClient;
import io.croft.client.Informers;
import io.croft.engine.k3s.K3sEngine;
import io.croft.engine.k3s.K3sHosts;
import io.croft.fleet.Fleet;
import io.croft.fleet.FleetConfig;
import io.croft.fleet.agent.OwnControlPlane;
import io.croft.fleet.component.AssignedComponents;
import io.croft.fleet.join.JoinRoutes;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.fleet.node.NodeAuthorizer;
import io.croft.fleet.node.Workers;
import io.croft.gateway.EventLoops;
import io.croft.gateway.Gateway;
import io.croft.gateway.GatewayConfig;
import io.croft.gateway.GatewayLimits;
import io.croft.gateway.Http01Listener;
import io.croft.gateway.tracing.SpanExporter;
import io.croft.gateway.tracing.TracedHandler;
import io.croft.metrics.Metrics;
import io.croft.pki.Identity;
import io.croft.pki.Pki;
import io.croft.pki.PkiException;
import io.croft.pki.revocation.RevocationService;
import io.croft.security.AllOpenRoutes;
import io.croft.security.AuditLog;
import io.croft.security.AuditPolicy;
import io.croft.security.AuditSearch;
import io.croft.security.AuditSink;
import io.croft.security.AuditWebhook;
import io.croft.security.Authenticator;
import io.croft.security.AuthorizedHandler;
import io.croft.security.Authorizer;
import io.croft.security.FirstAuthenticator;
import io.croft.security.OpenAnswers;
import io.croft.security.OpenRoutes;
import io.croft.security.RequestChain;
import io.croft.security.RequestMetrics;
import io.croft.security.RequestRates;
import io.croft.security.UserInfo;
import io.croft.security.audit.PolicyFile;
import io.croft.security.identity.IdentityKinds;
import io.croft.security.identity.UserDirectories;
import io.croft.security.issuer.BuiltInIssuer;
import io.croft.security.ldap.LdapDirectories;
import io.croft.security.oidc.ExternalIssuers;
import io.croft.security.permissions.PermissionPoints;
import io.croft.security.rbac.EscalationGuard;
import io.croft.security.rbac.InformedRbacRules;
import io.croft.security.rbac.RbacAuthorizer;
import io.croft.security.token.IssuedTokens;
import io.croft.security.token.ServiceAccountTokens;
import io.croft.security.token.TokenAuthenticator;
import io.croft.security.webhook.AuthorizerChain;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// All components of this process, wired and in order: store, certificates, audit, API server, what
/// watches it, and the gateway last, so that nothing is served before all of it can be.
public final class Appliance implements AutoCloseable {
  /// Under this name the appliance calls its own API; it is allowed everything without a look-up.
  private static final UserInfo SELF =
      UserInfo.of("system:apiserver", UserInfo.MASTERS, UserInfo.AUTHENTICATED);

  private final DataDirectory dataDirectory;
  private final StoreComponent store;
  private final InstantSource clock = InstantSource.system();
  private final Certificates certificates;
  private final boolean encrypted;
  private final RequestChain chain;
  private final RoutedServices routed;
  private final Gateway gateway;
  private final Optional<String> issuerUrl;
  private final Lifecycle lifecycle;

  /// What serves the Kubernetes API in the place of the embedded server; empty where that does.
  private final Optional<K3sEngine> k3s;

  /// Of another appliance's site; empty where this one is no edge.
  private final Optional<SiteMember> member;

  private Appliance(
      DataDirectory dataDirectory,
      Settings settings,
      Engine engine,
      Consumer<ComponentStatus> listener)
      throws IOException, PkiException {
    this.dataDirectory = dataDirectory;
    this.member = SiteMember.of(dataDirectory, () -> controlPlane(engine), clock);
    PkiSettings.prepare(settings, dataDirectory.pki());
    boolean embedded = engine == Engine.EMBEDDED;
    this.certificates =
        new Certificates(
            dataDirectory.pki(), names(settings, embedded), PkiSettings.config(settings), clock);
    this.encrypted = settings.get(Configuration.PKI_KEY_ENCRYPTION) != KeyEncryption.NONE;
    this.store = new StoreComponent(dataDirectory.store(), Stores.CONFIG);
    var auditFiles = AuditLog.Config.at(dataDirectory.logs().resolve("audit.log"));
    var audit = new AuditLog(auditFiles);
    var metrics = new Metrics();
    store.describe(metrics);
    metrics.values(
        "croft_component_running", "1 for a part that runs.", "component", this::running);

    // A circle by nature: who may do what is read through the API, by someone who may do anything.
    var client = new ApiClient(this::asSelf, "croft");
    var informers = new Informers(client);
    var rbac = new RbacAuthorizer(new InformedRbacRules(informers));
    Optional<AuthorizerChain> authorizers =
        settings
            .get(Configuration.AUTHORIZATION_CONFIG)
            .map(file -> new AuthorizerChain(file, rbac, new ClaimPrograms(), clock));
    var workers = new Workers(informers);
    Authorizer authorizer =
        new NodeAuthorizer(
            authorizers.<Authorizer>map(all -> all).orElse(rbac),
            new AssignedComponents(client),
            embedded ? NodeAuthorizer.Kubelets.NONE : new Kubelets(rbac, workers));
    var fleet =
        new Fleet(
            client,
            informers,
            new Fleet.Surroundings(
                user -> new ApiClient(request -> asUser(user, request), "croft-fleet"),
                () -> certificates.pki().clientAuthority(),
                certificates::revoke,
                () -> port(settings.get(Configuration.LISTEN)),
                new FleetConfig(settings.get(Configuration.FLEET_CERTIFICATE_LIFE)),
                clock));
    // Another circle: tokens are verified by what the API server stores.
    var served = new ApiServer[1];
    this.issuerUrl = settings.get(Configuration.ISSUER);
    Optional<LdapDirectories> ldap =
        settings.get(Configuration.DIRECTORIES).map(file -> new LdapDirectories(file, clock));
    var identity =
        new BuiltInIssuer(
            this::issuerUrl,
            // Only the engine knows the kinds that are defined in it.
            (resource, namespace, name) ->
                embedded
                    ? served[0].find(resource, namespace, name)
                    : client.find(resource, namespace, name),
            ldap.<UserDirectories>map(found -> found).orElse(UserDirectories.NONE),
            client.withFieldManager("croft-identity"),
            informers,
            clock);
    List<ExternalIssuers> external = externalIssuers(settings);
    // Our own first: nobody else can speak for it.
    var issuers = new ArrayList<IssuedTokens>(List.of(identity.tokens()));
    issuers.addAll(external);
    AesGcmSealing.Key key = SecretsKey.of(dataDirectory);
    var sealing = new AesGcmSealing(List.of(key));
    var apiServer =
        new ApiServer(
            store,
            Map.of("/registry/secrets", sealing),
            authorizer,
            List.of(
                new RbacAdmission(new EscalationGuard(rbac)),
                new SignerAdmission(authorizer),
                new CertificateManagerAdmission(
                    new CertificateAdmission(
                        authorizer, (group, kind) -> issuerKind(served[0], group, kind)))),
            new ApiServer.Surroundings(
                version(),
                this::status,
                this::readiness,
                certificates::tokenKeys,
                settings
                    .get(Configuration.SERVICE_CIDR)
                    .withPorts(settings.get(Configuration.SERVICE_NODE_PORTS)),
                () -> certificates.pki().frontProxy().client(),
                new AuditSearch(auditFiles),
                issuers),
            clock);
    served[0] = apiServer;
    var known = new ArrayList<Authenticator>();
    known.add(certificates);
    known.add(new TokenAuthenticator(apiServer.tokenVerifier()));
    known.add(identity.cookies());
    var engineSwitch = new EngineSwitch(dataDirectory.root(), store, engine);
    var serving = new ArrayList<Component>();
    if (embedded) {
      this.k3s = Optional.empty();
      serving.add(apiServer);
    } else {
      var endpoint = new EtcdEndpoint(store, dataDirectory.run());
      K3sEngine child =
          K3s.engine(
              settings, dataDirectory, certificates, key, endpoint, engineSwitch, SELF, clock);
      this.k3s = Optional.of(child);
      serving.addAll(List.of(endpoint, child));
    }
    Optional<K3sHosts> hosts =
        k3s.map(child ->
            child.hosts(
                new K3sHosts.Terms(
                    new Kubelets(rbac, workers),
                    FleetKinds.HOST_GROUP,
                    settings.get(Configuration.FLEET_CERTIFICATE_LIFE),
                    certificates::names),
                clock));
    hosts.map(K3sHosts::authenticator).ifPresent(known::add);
    AuthorizedHandler kubernetes =
        k3s.<AuthorizedHandler>map(child ->
                new HostTokenRoute(
                    hosts.orElseThrow(),
                    workers,
                    fleet::requireHost,
                    new EngineRoutes(child, hosts.orElseThrow(), apiServer)))
            .orElse(apiServer);
    var routes =
        new MetricsRoute(
            metrics,
            fleet.before(
                new CopyRoutes(
                    store::store,
                    dataDirectory.root(),
                    fleet::requireStandby,
                    new StoreRoutes(store::store, kubernetes, clock))));
    var bounded =
        new FlowControl(
            routes,
            FairQueue.Limits.of(settings.get(Configuration.MAX_REQUESTS_INFLIGHT)),
            FairQueue.Limits.of(settings.get(Configuration.MAX_MUTATING_REQUESTS_INFLIGHT)),
            metrics);
    HostPort listen = settings.get(Configuration.LISTEN);
    var loops = new EventLoops();
    this.routed =
        new RoutedServices(
            loops,
            client,
            informers,
            certificates,
            settings.get(Configuration.ROUTES_LOCAL_BACKENDS),
            settings.get(Configuration.ROUTES_OWN_NAMES),
            () -> port(listen),
            this::showUnderNames,
            metrics,
            clock);
    Optional<AuditWebhook> webhook = webhook(settings);
    Optional<PolicyFile> policyFile = settings.get(Configuration.AUDIT_POLICY).map(PolicyFile::new);
    var openAnswers = new OpenAnswers();
    var open = new ArrayList<OpenRoutes>();
    open.add(identity.routes());
    open.add(
        fleet.routes(
            new JoinRoutes.Appliance(certificates::rootCertificates, certificates::shown)));
    hosts.map(K3sHosts::open).ifPresent(open::add);
    this.chain =
        new RequestChain(
            new FirstAuthenticator(known),
            authorizer,
            new RequestMetrics(metrics, webhook.map(w -> both(audit, w)).orElse(audit)),
            policyFile.<AuditPolicy>map(file -> file).orElse(AuditPolicy.USUAL),
            bounded,
            routed.routes(),
            new AllOpenRoutes(open),
            new RequestRates(
                settings.get(Configuration.REQUESTS_PER_USER),
                settings.get(Configuration.REQUESTS_PER_ADDRESS)),
            openAnswers,
            clock);
    Optional<HostPort> http01 = settings.get(Configuration.ACME_HTTP01_LISTEN);
    var tokens = new Http01Tokens(http01.isPresent());
    Optional<SpanExporter> spans =
        Tracing.config(settings.get(Configuration.TRACING_ENDPOINT), System.getenv())
            .map(SpanExporter::new);
    int share = settings.get(Configuration.TRACING_PERCENT);
    this.gateway =
        new Gateway(
            loops,
            GatewayConfig.of(listen.host(), listen.port())
                .with(
                    GatewayLimits.DEFAULT.withMaxConnections(
                        settings.get(Configuration.CONNECTIONS))),
            certificates::tlsMaterial,
            new PublicRoutes(
                new RevocationService(() -> certificates.pki().issuers(), clock),
                tokens::answer,
                spans
                    .<HttpHandler>map(to -> new TracedHandler(chain, to, share / 100.0, clock))
                    .orElse(chain)));
    gateway.describe(metrics);
    certificates.addListener(gateway::reload);
    certificates.addListener(() -> writeAdminKubeconfig(endpoint()));
    certificates.addListener(routed::refresh);
    k3s.ifPresent(child -> certificates.addListener(child::authoritiesChanged));

    var components = new ArrayList<Component>(List.of(store, certificates, audit));
    components.add(
        new Succession(
            store,
            dataDirectory.root(),
            () -> port(listen),
            () -> certificates.pki().serverAuthority().trusted(),
            clock));
    components.add(engineSwitch);
    components.addAll(serving);
    policyFile.ifPresent(file -> components.add(2, file));
    webhook.ifPresent(w -> components.add(2, w));
    spans.ifPresent(components::add);
    components.addAll(external);
    ldap.ifPresent(components::add);
    authorizers.ifPresent(components::add);
    components.add(openAnswers);
    components.add(
        new CertificateDefinitions(
            client.withFieldManager("croft-certificates"), CertificateManager.CLUSTER_NAMESPACE));
    components.add(new IdentityKinds(client.withFieldManager("croft-identity")));
    components.add(new PermissionPoints(client.withFieldManager("croft-permissions")));
    components.add(routed.definitions());
    components.add(fleet.kinds());
    components.add(informers);
    components.add(identity);
    if (embedded) {
      components.addAll(
          ControlPlane.controllers(
              apiServer,
              client,
              informers,
              new ControlPlane.Trust(
                  certificates::rootCertificates,
                  purpose -> certificates.pki().issuer(purpose),
                  told -> certificates.addListener(told::run)),
              clock));
    } else {
      components.add(new HostRoles(client.withFieldManager("croft-fleet")));
    }
    http01.map(at -> new Http01Listener(at, tokens::answer)).ifPresent(components::add);
    components.add(
        CertificateManager.controllers(
            client,
            informers,
            new MetadataInformer(client),
            new CertificateManager.ServedKinds(
                (group, kind) -> issuerKind(apiServer, group, kind),
                apiServer.catalog()::addListener),
            new CertificateManager.ApiServerTrust(
                certificates::rootCertificates, told -> certificates.addListener(told::run)),
            new CertificateManager.Options(
                Acme.Config.usual(tokens),
                settings.get(Configuration.CERTIFICATES_APPROVE)
                    ? settings.get(Configuration.CERTIFICATES_APPROVE_SIGNERS)
                    : ApprovedSigners.NONE),
            metrics,
            clock));
    components.addAll(fleet.controllers());
    components.add(loops);
    components.addAll(routed.components());
    components.add(gateway);
    member.ifPresent(components::add);
    this.lifecycle = new Lifecycle(components, Lifecycle.Limits.DEFAULT, clock, listener);
  }

  /// Takes the data directory and wires the components; nothing runs yet.
  ///
  /// @param listener told of every component's change of state; must not block
  /// @throws DataDirectoryException when the data directory cannot be used
  /// @throws PkiException when what opens its keys is missing
  public static Appliance open(Configuration configuration, Consumer<ComponentStatus> listener)
      throws DataDirectoryException, IOException, PkiException {
    DataDirectory dataDirectory = DataDirectory.open(configuration.dataDir());
    try {
      ApplianceLog.writeTo(dataDirectory.logs());
      ApplianceLog.writeRequestsTo(
          dataDirectory.logs(), configuration.settings().get(Configuration.ACCESS_LOG));
      AtomicFiles.ensurePrivateDirectory(dataDirectory.run());
      Endpoint.forget(dataDirectory.root());
      Promotion.forgetCopy(dataDirectory.root()); // which an interrupted promotion may have left
      Engine engine = EngineChoice.of(configuration).engine();
      return new Appliance(dataDirectory, configuration.settings(), engine, listener);
    } catch (IOException | PkiException | RuntimeException e) {
      dataDirectory.close();
      throw e;
    }
  }

  /// Starts everything, and says where once all of it is ready.
  public Endpoint start() throws LifecycleException, IOException {
    lifecycle.start();
    routed.refresh(); // now it is known which port the system has chosen
    Endpoint endpoint = endpoint();
    writeAdminKubeconfig(endpoint);
    endpoint.publish(dataDirectory.root());
    return endpoint;
  }

  /// Completes, with the cause, when the store has failed and the process must be started again.
  ///
  /// @throws io.croft.store.StoreException.Closed before the start
  public CompletableFuture<Throwable> failed() {
    return store.failed();
  }

  /// Stops everything and gives the data directory free. Legal in any state, on any thread, twice.
  @Override
  public void close() throws IOException {
    lifecycle.stop();
    Endpoint.forget(dataDirectory.root());
    dataDirectory.close();
  }

  private static AuditSink both(AuditSink first, AuditSink second) {
    return event -> {
      first.accept(event);
      second.accept(event);
    };
  }

  private static Optional<AuditWebhook> webhook(Settings settings) {
    return settings
        .get(Configuration.AUDIT_WEBHOOK)
        .map(url ->
            new AuditWebhook(
                new AuditWebhook.Config(
                    url,
                    settings.get(Configuration.AUDIT_WEBHOOK_CA),
                    settings.get(Configuration.AUDIT_WEBHOOK_TOKEN))));
  }

  private static Optional<IssuerKind> issuerKind(ApiServer server, String group, String kind) {
    return server
        .catalog()
        .snapshot()
        .ofKind(group, kind)
        .map(type -> new IssuerKind(type.gvr().resource(), type.namespaced()));
  }

  private static List<String> names(Settings settings, boolean embedded) {
    var names = new ArrayList<String>();
    for (String name : settings.get(Configuration.NAMES).split(",")) {
      if (!name.isBlank()) {
        names.add(name.strip());
      }
    }
    if (!embedded) {
      names.addAll(K3s.names(settings.get(Configuration.SERVICE_CIDR)));
    }
    return List.copyOf(names);
  }

  private List<ExternalIssuers> externalIssuers(Settings settings) {
    return settings
        .get(Configuration.AUTHENTICATION_CONFIG)
        .map(file ->
            new ExternalIssuers(
                file, new ClaimPrograms(), Set.of(ServiceAccountTokens.ISSUER), clock))
        .stream()
        .toList();
  }

  private String issuerUrl() {
    return issuerUrl.orElseGet(() -> endpoint().url() + BuiltInIssuer.PATH);
  }

  private HttpResponse asSelf(HttpRequest request) {
    return chain.as(SELF).handle(request);
  }

  private HttpResponse asUser(UserInfo user, HttpRequest request) {
    return chain.as(user).handle(request);
  }

  /// A child process comes and goes while its component runs, and so does the way to a site.
  private List<ComponentStatus> status() {
    return lifecycle.status().stream()
        .map(s -> s.state() == ComponentState.RUNNING ? inside(s) : s)
        .toList();
  }

  private ComponentStatus inside(ComponentStatus running) {
    return switch (running.name()) {
      case K3sEngine.NAME -> k3s.map(K3sEngine::status).orElse(running);
      case SiteMember.NAME -> member.map(SiteMember::status).orElse(running);
      default -> running;
    };
  }

  /// As the site is told where this appliance is a member.
  private OwnControlPlane controlPlane(Engine engine) {
    return new OwnControlPlane(
        k3s.map(K3sEngine::version).orElseGet(version()::gitVersion),
        engine.text(),
        status().stream()
            .filter(s -> s.state() != ComponentState.RUNNING && !s.name().equals(SiteMember.NAME))
            .map(ComponentStatus::name)
            .toList());
  }

  private Map<String, Double> running() {
    return status().stream()
        .collect(
            Collectors.toMap(
                ComponentStatus::name, s -> s.state() == ComponentState.RUNNING ? 1.0 : 0.0));
  }

  private Map<String, Boolean> readiness() {
    return status().stream()
        .collect(Collectors.toMap(ComponentStatus::name, s -> s.state() == ComponentState.RUNNING));
  }

  private int port(HostPort configured) {
    return gateway.ready() ? gateway.localAddress().getPort() : configured.port();
  }

  private void showUnderNames(Map<String, Identity> identities) {
    certificates.routed(identities);
    try {
      gateway.reload();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the certificates of routes cannot be put to use", e);
    }
  }

  private Endpoint endpoint() {
    InetSocketAddress bound = gateway.localAddress();
    return Endpoint.of(new HostPort(bound.getAddress().getHostAddress(), bound.getPort()));
  }

  private void writeAdminKubeconfig(Endpoint endpoint) throws IOException {
    if (encrypted) {
      Files.deleteIfExists(Kubeconfig.file(dataDirectory.root())); // it has a key, too
      return;
    }
    Pki pki = certificates.pki();
    var kubeconfig =
        new Kubeconfig(
            endpoint.url(), pki.serverAuthority().trusted(), Kubeconfig.ADMIN, pki.admin());
    AtomicFiles.write(Kubeconfig.file(dataDirectory.root()), kubeconfig.text(), AtomicFiles.SECRET);
  }

  private static ServerVersion version() {
    return new ServerVersion(Version.current().croft(), "", "");
  }
}
