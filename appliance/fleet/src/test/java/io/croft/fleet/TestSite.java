package io.croft.fleet;

import io.croft.apiserver.ApiServer;
import io.croft.apiserver.ServerVersion;
import io.croft.base.Component;
import io.croft.base.http.Headers;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.base.http.Peer;
import io.croft.base.http.Query;
import io.croft.base.http.RequestBody;
import io.croft.client.ApiClient;
import io.croft.client.Informers;
import io.croft.fleet.component.AssignedComponents;
import io.croft.fleet.join.JoinRoutes;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.fleet.node.NodeAuthorizer;
import io.croft.fleet.proof.JoinToken;
import io.croft.fleet.proof.Role;
import io.croft.fleet.proof.Transcript;
import io.croft.fleet.proof.Verifier;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.pki.CertificateAuthority;
import io.croft.pki.IssuedCertificate;
import io.croft.pki.KeyPairs;
import io.croft.pki.Pem;
import io.croft.pki.Pki;
import io.croft.pki.PkiConfig;
import io.croft.pki.PkiControl;
import io.croft.pki.PkiException;
import io.croft.pki.RevokedCertificate;
import io.croft.pki.ServerNames;
import io.croft.security.AuditEvent;
import io.croft.security.AuditPolicy;
import io.croft.security.Authenticator;
import io.croft.security.Decision;
import io.croft.security.Destinations;
import io.croft.security.OpenAnswers;
import io.croft.security.RequestChain;
import io.croft.security.RequestRates;
import io.croft.security.UserInfo;
import io.croft.store.embedded.EmbeddedStore;
import io.croft.store.embedded.StoreConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;

/// An API server with the parts by which hosts join, in process; the clock can be moved.
public final class TestSite implements AutoCloseable {
  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final KeyPair TOKEN_KEYS = KeyPairs.generate();
  private static final UserInfo ADMINISTRATOR = UserInfo.of("admin", UserInfo.MASTERS);

  /// Moves with real time, plus what a test adds.
  public static final class Clock implements InstantSource {
    private final AtomicReference<Duration> ahead = new AtomicReference<>(Duration.ZERO);

    @Override
    public Instant instant() {
      return Instant.now().plus(ahead.get());
    }

    public void advance(Duration by) {
      ahead.accumulateAndGet(by, Duration::plus);
    }
  }

  public final Clock clock = new Clock();
  public final ApiClient client;
  public final List<AuditEvent> audit = new CopyOnWriteArrayList<>();

  /// Whose certificates were taken back.
  public final List<String> revoked = new CopyOnWriteArrayList<>();

  /// Run once, by whoever asks for the authority that issues to hosts next.
  public final AtomicReference<Runnable> beforeIssuing = new AtomicReference<>(() -> {});

  private final Pki pki;
  private final PkiControl control;
  private final RequestChain chain;
  private final EmbeddedStore store;
  private final List<Component> components = new ArrayList<>();

  public TestSite(Path directory) throws Exception {
    pki = Pki.open(directory.resolve("pki"), ServerNames.of(List.of("site.example")), clock);
    control = new PkiControl(directory.resolve("pki"), PkiConfig.DEFAULT, clock);
    store = EmbeddedStore.open(directory.resolve("store"), StoreConfig.defaults());
    var server =
        new ApiServer(
            store,
            Map.of(),
            attributes -> Decision.allow("test"),
            List.of(),
            new ApiServer.Surroundings(
                new ServerVersion("test", "", ""), List::of, Map::of, () -> TOKEN_KEYS),
            clock);
    var circle = new RequestChain[1];
    client = new ApiClient(request -> circle[0].as(ADMINISTRATOR).handle(request), "test");
    var informers = new Informers(client);
    var fleet =
        new Fleet(
            client,
            informers,
            new Fleet.Surroundings(
                this::as, this::issuer, this::revoke, () -> 8443, FleetConfig.DEFAULT, clock));
    chain =
        new RequestChain(
            _ -> new Authenticator.Outcome.NoCredentials(),
            new NodeAuthorizer(
                attributes ->
                    attributes.user().inGroup(UserInfo.MASTERS)
                        ? Decision.allow("test")
                        : Decision.noOpinion("test"),
                new AssignedComponents(client),
                NodeAuthorizer.Kubelets.NONE),
            audit::add,
            AuditPolicy.USUAL,
            server,
            Destinations.NONE,
            fleet.routes(
                new JoinRoutes.Appliance(
                    () -> Pem.encode(pki.serverAuthority().trusted()),
                    () -> java.util.Set.of(serverCertificate()))),
            RequestRates.UNLIMITED,
            new OpenAnswers(),
            clock);
    circle[0] = chain;
    components.add(server);
    components.add(fleet.kinds());
    components.add(informers);
    components.addAll(fleet.controllers());
    for (Component component : components) {
      component.init();
      component.start();
    }
    for (Component component : components) {
      eventually(component.name() + " is ready", component::ready);
    }
  }

  public ApiClient as(UserInfo user) {
    return new ApiClient(request -> chain.as(user).handle(request), "test");
  }

  /// Takes back what a user logs in with.
  public void revoke(String user) {
    try {
      control.revoke(living(user), RevokedCertificate.Reason.CESSATION_OF_OPERATION);
    } catch (IOException | PkiException e) {
      throw new IllegalStateException(e);
    }
    revoked.add(user);
  }

  /// Whether a certificate was taken back.
  public boolean isRevoked(X509Certificate certificate) throws IOException, PkiException {
    return pki.registry().isRevoked(certificate);
  }

  private CertificateAuthority issuer() {
    beforeIssuing.getAndSet(() -> {}).run();
    return pki.clientAuthority();
  }

  /// What of a user's is good.
  public List<IssuedCertificate> living(String user) throws IOException, PkiException {
    return control.living().stream().filter(c -> c.commonName().equals(user)).toList();
  }

  /// SHA-256 of the appliance's own certificate.
  public String serverCertificate() {
    try {
      return Transcript.fingerprint(pki.server().leaf().getEncoded());
    } catch (java.security.cert.CertificateException e) {
      throw new IllegalStateException(e);
    }
  }

  /// A token, stored as `croft token create` stores it.
  public JoinToken token(Role role, Duration life, int uses, String node) {
    JoinToken token = JoinToken.create(role, clock.instant().plus(life), "00".repeat(32));
    Verifier verifier = Verifier.of(token);
    var json =
        Json.object()
            .put("apiVersion", FleetKinds.GROUP + "/" + FleetKinds.VERSION)
            .put("kind", "JoinToken");
    var spec =
        json.putObject("spec")
            .put("role", role.text())
            .put("uses", uses)
            .put("expires", token.expires().toString())
            .put("storedKey", verifier.storedKey())
            .put("serverKey", verifier.serverKey());
    if (!node.isEmpty()) {
      spec.put("node", node);
    }
    client.create(FleetKinds.TOKENS, ApiObject.of(json).setName(token.id()));
    return token;
  }

  /// What a stranger is answered.
  public HttpResponse.Complete post(
      String path, com.fasterxml.jackson.databind.node.ObjectNode body) {
    return (HttpResponse.Complete)
        chain.handle(
            new HttpRequest(
                "POST",
                path,
                Query.EMPTY,
                Headers.of("content-type", "application/json"),
                RequestBody.of(Json.bytes(body)),
                new Peer("192.0.2.7", List.of())));
  }

  /// What was recorded about joining, oldest first.
  public List<String> outcomes() {
    return audit.stream()
        .map(event -> event.annotations().get("fleet.croft.io/join"))
        .filter(java.util.Objects::nonNull)
        .toList();
  }

  /// Waits until something holds.
  public static void eventually(String what, Callable<Boolean> holds) throws Exception {
    long deadline = System.nanoTime() + DEADLINE.toNanos();
    while (!holds.call()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("in vain waited until " + what);
      }
      Thread.sleep(10);
    }
  }

  @Override
  public void close() {
    for (int i = components.size() - 1; i >= 0; i--) {
      components.get(i).stop();
    }
    store.close();
  }
}
