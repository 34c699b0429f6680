package io.croft.certificates;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.ApiServer;
import io.croft.apiserver.ServerVersion;
import io.croft.apiserver.registry.Admission;
import io.croft.apiserver.registry.AdmissionRequest;
import io.croft.base.Component;
import io.croft.base.http.HttpHandler;
import io.croft.certificates.acme.Acme;
import io.croft.certificates.acme.solving.Http01Tokens;
import io.croft.certificates.admission.CertificateAdmission;
import io.croft.certificates.api.Conditions;
import io.croft.certificates.api.IssuerKinds;
import io.croft.certificates.api.Resources;
import io.croft.certificates.api.SecretData;
import io.croft.certificates.definition.CertificateDefinitions;
import io.croft.certificates.injection.Injectable;
import io.croft.certificates.signing.ApprovedSigners;
import io.croft.client.ApiClient;
import io.croft.client.Informers;
import io.croft.client.ListOptions;
import io.croft.metrics.Metrics;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.StatusException;
import io.croft.model.Yaml;
import io.croft.pki.KeyPairs;
import io.croft.pki.Pem;
import io.croft.security.Decision;
import io.croft.security.RequestChain;
import io.croft.security.UserInfo;
import io.croft.security.token.TokenAuthenticator;
import io.croft.store.embedded.EmbeddedStore;
import io.croft.store.embedded.StoreConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/// An API server with the certificate manager, in process; the certificate manager's clock can be
/// moved.
final class TestCluster implements AutoCloseable {
  /// Of a certificate that signs itself.
  static final String SELF = "issuerRef: {name: self}";

  static final UserInfo ALICE = UserInfo.of("alice", "gardeners");
  private static final KeyPair TOKEN_KEYS = KeyPairs.generate();
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  /// Moves with real time, plus what a test adds.
  static final class Clock implements InstantSource {
    private final AtomicReference<Duration> ahead = new AtomicReference<>(Duration.ZERO);

    @Override
    public Instant instant() {
      return Instant.now().plus(ahead.get());
    }

    void advance(Duration by) {
      ahead.accumulateAndGet(by, Duration::plus);
    }
  }

  final Clock clock = new Clock();
  final Metrics metrics = new Metrics();
  final ApiClient client;

  /// With which the API server is verified.
  private final AtomicReference<String> serverRoots = new AtomicReference<>("the server's root");

  private final List<Runnable> toldOfRoots = new ArrayList<>();
  private final ApiServer server;
  private final RequestChain chain;
  private final EmbeddedStore store;
  private final List<Component> components = new ArrayList<>();

  TestCluster(Path directory) throws Exception {
    this(directory, Acme.Config.usual(new Http01Tokens(false)), UnaryOperator.identity());
  }

  /// @param around what the certificate manager calls the API through
  TestCluster(Path directory, Acme.Config acme, UnaryOperator<HttpHandler> around)
      throws Exception {
    this(directory, acme, ApprovedSigners.parse(ApprovedSigners.USUAL), around);
  }

  /// @param approved see [CertificateManager.Options#approved]
  TestCluster(
      Path directory, Acme.Config acme, ApprovedSigners approved, UnaryOperator<HttpHandler> around)
      throws Exception {
    store = EmbeddedStore.open(directory.resolve("store"), StoreConfig.defaults());
    // Who may approve is in a group of the signer's name.
    var admission =
        new CertificateAdmission(
            attributes ->
                attributes.user().inGroup(UserInfo.MASTERS)
                        || attributes.user().inGroup(attributes.info().name())
                    ? Decision.allow("test")
                    : Decision.noOpinion("test"),
            this::issuerKind);
    server =
        new ApiServer(
            store,
            Map.of(),
            attributes -> Decision.allow("test"),
            List.of(new Judge(admission)),
            new ApiServer.Surroundings(
                new ServerVersion("test", "", ""), List::of, Map::of, () -> TOKEN_KEYS),
            InstantSource.system());
    chain =
        new RequestChain(
            new TokenAuthenticator(server.tokenVerifier()),
            attributes -> Decision.allow("test"),
            event -> {},
            server,
            InstantSource.system());
    client = as(UserInfo.of("system:apiserver", UserInfo.MASTERS));
    var informers = new Informers(client);
    components.add(server);
    components.add(new CertificateDefinitions(client, CertificateManager.CLUSTER_NAMESPACE));
    components.add(informers);
    UserInfo self = UserInfo.of("system:apiserver", UserInfo.MASTERS);
    components.add(
        CertificateManager.controllers(
            new ApiClient(around.apply(request -> chain.as(self).handle(request)), "test"),
            informers,
            new MetadataInformer(client),
            new CertificateManager.ServedKinds(this::issuerKind, server.catalog()::addListener),
            new CertificateManager.ApiServerTrust(serverRoots::get, toldOfRoots::add),
            new CertificateManager.Options(acme, approved),
            metrics,
            clock));
    for (Component component : components) {
      component.init();
      component.start();
    }
    for (Component component : components) {
      eventually(component.name() + " is ready", component::ready);
    }
  }

  private record Judge(CertificateAdmission rules) implements Admission {
    @Override
    public boolean mutate(AdmissionRequest request) {
      return write(request).filter(rules::mutate).isPresent();
    }

    @Override
    public void validate(AdmissionRequest request) {
      write(request).ifPresent(rules::validate);
    }

    private static Optional<CertificateAdmission.Write> write(AdmissionRequest request) {
      ApiObject object = request.object();
      return object == null || !CertificateAdmission.concerns(request.type().gvr())
          ? Optional.empty()
          : Optional.of(
              new CertificateAdmission.Write(
                  request.type().gvr(),
                  request.subresource(),
                  object,
                  request.old(),
                  request.user()));
    }
  }

  private Optional<IssuerKinds.IssuerKind> issuerKind(String group, String kind) {
    return server
        .catalog()
        .snapshot()
        .ofKind(group, kind)
        .map(type -> new IssuerKinds.IssuerKind(type.gvr().resource(), type.namespaced()));
  }

  /// As when the API server's authorities are replaced.
  void replaceServerRoots(String roots) {
    serverRoots.set(roots);
    toldOfRoots.forEach(Runnable::run);
  }

  ApiClient as(UserInfo user) {
    return new ApiClient(request -> chain.as(user).handle(request), "test");
  }

  /// Waits until something holds.
  static void eventually(String what, Callable<Boolean> holds) throws Exception {
    long deadline = System.nanoTime() + DEADLINE.toNanos();
    while (!holds.call()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("in vain waited until " + what);
      }
      Thread.sleep(10);
    }
  }

  /// An object of YAML; in the namespace `default` unless it says otherwise.
  static ApiObject object(String yaml) throws Exception {
    ObjectNode json = (ObjectNode) Yaml.parse(yaml.getBytes(StandardCharsets.UTF_8));
    ApiObject object = ApiObject.of(json);
    boolean cluster = List.of("ClusterIssuer").contains(object.kind());
    if (object.namespace().isEmpty() && !cluster) {
      object.setNamespace("default");
    }
    return object;
  }

  /// A certificate with an EC key, which is made fast.
  static ApiObject certificate(String name, String spec) throws Exception {
    ApiObject certificate =
        object(
            """
            apiVersion: cert-manager.io/v1
            kind: Certificate
            metadata: {name: %s}
            spec: {secretName: %s-tls, privateKey: {algorithm: ECDSA}, %s}
            """
                .formatted(name, name, spec));
    return certificate;
  }

  static ApiObject issuer(String name, String spec) throws Exception {
    return object(
        """
        apiVersion: cert-manager.io/v1
        kind: Issuer
        metadata: {name: %s}
        spec: {%s}
        """
            .formatted(name, spec));
  }

  ApiObject create(GroupVersionResource resource, ApiObject object) {
    return client.create(resource, object);
  }

  ApiObject get(GroupVersionResource resource, String name) {
    return client.get(resource, "default", name);
  }

  ApiObject certificate(String name) {
    return get(Resources.CERTIFICATES, name);
  }

  ApiObject secret(String name) {
    return get(Resources.SECRETS, name);
  }

  /// What a Secret says is the authority of its certificate.
  X509Certificate authority(String secret) throws Exception {
    return Pem.certificates(SecretData.text(secret(secret), SecretData.CA)).getFirst();
  }

  X509Certificate leaf(String secret) throws Exception {
    return Pem.certificates(SecretData.text(secret(secret), SecretData.CERTIFICATE)).getFirst();
  }

  static int revision(ApiObject certificate) {
    return certificate.json().path("status").path("revision").asInt(0);
  }

  /// Makes the issuers that most tests need: `self`, which has certificates sign themselves, and
  /// `ca`, the authority of the certificate `root`.
  void createIssuers() throws Exception {
    create(Resources.ISSUERS, issuer("self", "selfSigned: {}"));
    issue("root", "isCA: true, commonName: root, " + SELF);
    create(Resources.ISSUERS, issuer("ca", "ca: {secretName: root-tls}"));
  }

  /// Creates a certificate and waits until it is issued.
  ApiObject issue(String name, String spec) throws Exception {
    create(Resources.CERTIFICATES, certificate(name, spec));
    return issued(name, 1);
  }

  /// Waits until a certificate has been issued so often, and nothing is left to do.
  ApiObject issued(String name, int revision) throws Exception {
    try {
      eventually(
          name + " is issued " + revision + " times",
          () -> {
            ApiObject certificate = certificate(name);
            return revision(certificate) == revision
                && Conditions.isTrue(certificate, Conditions.READY)
                && Conditions.find(certificate, Conditions.ISSUING).isEmpty()
                && !certificate.json().path("status").has("nextPrivateKeySecretName");
          });
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + ": " + certificate(name), e);
    }
    return certificate(name);
  }

  /// Waits for the reason of a condition.
  void awaitReason(String certificate, String type, String reason) throws Exception {
    eventually(
        certificate + " is " + type + " for " + reason,
        () ->
            Conditions.find(certificate(certificate), type)
                .filter(c -> c.reason().equals(reason))
                .isPresent());
  }

  /// Changes an object, again when someone else was faster.
  void change(GroupVersionResource resource, String name, Consumer<ObjectNode> change) {
    while (true) {
      ApiObject object = get(resource, name).copy();
      change.accept(object.json());
      try {
        client.update(resource, object);
        return;
      } catch (StatusException e) {
        if (e.status().code() != 409) {
          throw e;
        }
      }
    }
  }

  /// As [#change], for the status.
  void changeStatus(GroupVersionResource resource, String name, Consumer<ApiObject> change) {
    while (true) {
      ApiObject object = get(resource, name).copy();
      change.accept(object);
      try {
        client.updateStatus(resource, object);
        return;
      } catch (StatusException e) {
        if (e.status().code() != 409) {
          throw e;
        }
      }
    }
  }

  /// What `cmctl renew` does.
  void renew(String name) {
    changeStatus(
        Resources.CERTIFICATES,
        name,
        c ->
            Conditions.set(
                c,
                Conditions.ISSUING,
                true,
                "ManuallyTriggered",
                "Certificate re-issuance manually triggered",
                clock.instant(),
                true));
  }

  /// What `cmctl approve` and `cmctl deny` do.
  void decide(String request, String decision) {
    changeStatus(Resources.REQUESTS, request, r -> setDecision(r, decision));
  }

  /// Writes a decision into a request.
  void setDecision(ApiObject request, String decision) {
    Conditions.set(
        request, decision, true, "KubectlCertManager", "looked at", clock.instant(), false);
  }

  /// Has the API serve another kind.
  ///
  /// @param scope `Namespaced` or `Cluster`
  void define(String plural, String kind, String group, String scope) throws Exception {
    ApiObject definition =
        object(
            """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: %1$s.%3$s}
            spec:
              group: %3$s
              scope: %4$s
              names: {plural: %1$s, kind: %2$s}
              versions:
              - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
            """
                .formatted(plural, kind, group, scope));
    client.create(Injectable.DEFINITIONS.resource(), definition.setNamespace(""));
  }

  static ObjectNode json(String yaml) throws Exception {
    return (ObjectNode) Yaml.parse(yaml.getBytes(StandardCharsets.UTF_8));
  }

  boolean hasEvent(String about, String reason) {
    return events(about).stream().anyMatch(e -> e.startsWith(reason + ": "));
  }

  /// What events say of an object: `reason: message`.
  List<String> events(String about) {
    return client
        .listAll(new GroupVersionResource("", "v1", "events"), "default", ListOptions.ALL)
        .items()
        .stream()
        .filter(e -> e.json().at("/involvedObject/name").asText().equals(about))
        .map(e -> e.json().path("reason").asText() + ": " + e.json().path("message").asText())
        .toList();
  }

  @Override
  public void close() {
    components.reversed().forEach(Component::stop);
    store.close();
  }
}
