package io.croft.app.runtime;

import io.croft.base.Component;
import io.croft.base.Sha256;
import io.croft.base.http.HttpRequest;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.gateway.TlsMaterial;
import io.croft.pki.Identity;
import io.croft.pki.IssuedCertificate;
import io.croft.pki.Pem;
import io.croft.pki.Pki;
import io.croft.pki.PkiConfig;
import io.croft.pki.PkiControl;
import io.croft.pki.PkiException;
import io.croft.pki.Purpose;
import io.croft.pki.Registry;
import io.croft.pki.RevokedCertificate;
import io.croft.pki.ServerNames;
import io.croft.security.Authenticator;
import io.croft.security.ClientCertificateAuthenticator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the appliance's certificates good while it runs: renews what is due, and certifies the
/// host's names and addresses anew when they change, without a restart.
final class Certificates implements Component, Authenticator {
  private static final Logger LOG = LoggerFactory.getLogger(Certificates.class);

  /// How often it is looked whether another process has made authorities, and whether a rotation
  /// goes on.
  private static final Duration LOOK = Duration.ofSeconds(1);

  private static final Duration ROTATING = Duration.ofSeconds(10);
  private static final Duration LOOK_AT_NAMES = Duration.ofSeconds(10);
  private static final Duration LOOK_AT_DATES = Duration.ofHours(1);

  private final Path directory;
  private final List<String> extraNames;
  private final PkiConfig config;
  private final InstantSource clock;
  private final List<RenewalListener> listeners = new CopyOnWriteArrayList<>();
  private volatile @Nullable State state;
  private volatile Map<String, Identity> routed = Map.of();
  private @Nullable Thread watcher;

  /// Of the watcher alone.
  private Instant namesSeen = Instant.EPOCH;

  private volatile String complaint = "";

  /// Told after certificates have changed.
  @FunctionalInterface
  interface RenewalListener {
    void renewed() throws Exception;
  }

  private record State(
      Pki pki,
      ServerNames names,
      Set<String> generations,
      Instant opened,
      Authenticator authenticator,
      Identity shownBefore) {}

  /// @param extraNames host names and addresses to certify besides those that the host itself knows
  Certificates(Path directory, List<String> extraNames, PkiConfig config, InstantSource clock) {
    this.directory = directory;
    this.config = config;
    this.extraNames = List.copyOf(extraNames);
    this.clock = clock;
  }

  void addListener(RenewalListener listener) {
    listeners.add(listener);
  }

  @Override
  public String name() {
    return "pki";
  }

  @Override
  public void init() throws PkiException, IOException {
    state = open(ServerNames.ofThisHost(extraNames));
  }

  @Override
  public synchronized void start() {
    watcher = Thread.ofVirtual().name("certificate-renewal").start(this::watch);
  }

  @Override
  public synchronized void stop() {
    if (watcher != null) {
      watcher.interrupt();
    }
  }

  /// The keys and certificates in force.
  ///
  /// @throws IllegalStateException before `init`
  Pki pki() {
    return state().pki();
  }

  TlsMaterial tlsMaterial() {
    Pki pki = pki();
    // Whoever may declare routes must not be able to stand in for the appliance itself.
    Map<String, Identity> named = new HashMap<>(routed);
    names().dns().forEach(name -> named.put(name, pki.server()));
    return new TlsMaterial(
        pki.server().key(), pki.server().chain(), pki.clientAuthority().trusted(), named);
  }

  /// Sets what the server shows under the names of routes.
  void routed(Map<String, Identity> identities) {
    routed = Map.copyOf(identities);
  }

  /// Under which names and addresses the appliance is reached.
  ServerNames names() {
    return state().names();
  }

  /// With which clients verify the gateway, in PEM.
  String rootCertificates() {
    return Pem.encode(pki().serverAuthority().trusted());
  }

  /// SHA-256, in hexadecimal digits, of what is shown under the appliance's own names: also what
  /// was shown just before, as connections live on.
  Set<String> shown() {
    State now = state();
    return Stream.of(now.pki().server(), now.shownBefore())
        .map(identity -> fingerprint(identity.leaf()))
        .collect(Collectors.toSet());
  }

  private static String fingerprint(X509Certificate certificate) {
    try {
      return Sha256.hex(certificate.getEncoded());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a certificate of ours has no fingerprint", e);
    }
  }

  /// Takes back all certificates with which a user logs in, and what else does from a host.
  void revoke(String user) {
    Optional<String> group = FleetKinds.hostGroup(user);
    var control = new PkiControl(directory, config, clock);
    try {
      List<IssuedCertificate> meant;
      do { // until none was issued meanwhile
        meant =
            control.living().stream()
                .filter(c -> c.purpose() == Purpose.CLIENTS)
                .filter(c ->
                    c.commonName().equals(user)
                        || group.filter(c.organizations()::contains).isPresent())
                .toList();
        control.revoke(meant, RevokedCertificate.Reason.CESSATION_OF_OPERATION);
      } while (!meant.isEmpty());
    } catch (IOException | PkiException e) {
      throw new IllegalStateException("cannot take back the certificates of " + user, e);
    }
  }

  /// The pair that signs the tokens of service accounts.
  KeyPair tokenKeys() {
    return pki().serviceAccountKeys();
  }

  @Override
  public Outcome authenticate(HttpRequest request) {
    return state().authenticator().authenticate(request);
  }

  private State open(ServerNames names) throws PkiException, IOException {
    Set<String> generations = generations(); // before they are read: what comes meanwhile is seen
    Pki pki = Pki.open(directory, names, config, clock);
    var authenticator =
        new ClientCertificateAuthenticator(
            pki.clientAuthority().trusted(), leaf -> isRevoked(pki, leaf), clock);
    State before = state;
    Identity shownBefore = before == null ? pki.server() : before.pki().server();
    return new State(pki, names, generations, clock.instant(), authenticator, shownBefore);
  }

  /// What cannot be told keeps everyone out: it may be the one that was taken back.
  private boolean isRevoked(Pki pki, X509Certificate leaf) throws CertificateException {
    try {
      return pki.registry().isRevoked(leaf);
    } catch (IOException | PkiException e) {
      complain("it cannot be told which certificates are revoked", e);
      throw new CertificateException("it cannot be told whether the certificate is revoked", e);
    }
  }

  private Set<String> generations() throws IOException {
    Path authorities = directory.resolve("authorities");
    if (Files.notExists(authorities)) {
      return Set.of();
    }
    try (Stream<Path> entries = Files.list(authorities)) {
      return entries.map(entry -> entry.getFileName().toString()).collect(Collectors.toSet());
    }
  }

  private void watch() {
    try {
      while (true) {
        Thread.sleep(LOOK);
        look();
      }
    } catch (InterruptedException e) {
      LOG.debug("certificates are no longer watched");
    }
  }

  /// Opens the keys and certificates again if there is a reason to, which renews what is due.
  void look() {
    State before = state();
    try {
      Instant now = clock.instant();
      boolean namesDue = !now.isBefore(namesSeen.plus(LOOK_AT_NAMES)) || now.isBefore(namesSeen);
      ServerNames names = namesDue ? ServerNames.ofThisHost(extraNames) : before.names();
      namesSeen = namesDue ? now : namesSeen;
      if (!due(before, now) && names.equals(before.names())) {
        return;
      }
      State after = open(names);
      state = after;
      if (!sameToOthers(before.pki(), after.pki())) {
        LOG.info("certificates have changed");
        tellListeners();
      }
    } catch (PkiException | IOException | RuntimeException e) {
      complain("certificates cannot be renewed", e);
    }
  }

  private boolean due(State before, Instant now) throws IOException, PkiException {
    Set<String> generations = generations();
    if (!generations.equals(before.generations()) || isRevoked(before.pki())) {
      return true;
    }
    // While authorities are replaced, steps are due at other times than leaves.
    boolean rotating =
        before.pki().issuers().stream().anyMatch(i -> i.generation() != newest(before));
    Duration wait = rotating ? shorter(config.overlap().dividedBy(4), ROTATING) : LOOK_AT_DATES;
    return !now.isBefore(before.opened().plus(wait)) || now.isBefore(before.opened());
  }

  /// Whether one of our own certificates was taken back.
  private static boolean isRevoked(Pki pki) throws IOException, PkiException {
    Registry registry = pki.registry();
    return registry.isRevoked(pki.server().leaf())
        || registry.isRevoked(pki.admin().leaf())
        || registry.isRevoked(pki.frontProxy().client().leaf());
  }

  private static int newest(State state) {
    return state.pki().issuers().getLast().generation();
  }

  private static Duration shorter(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  private static boolean sameToOthers(Pki before, Pki after) {
    return after.server().equals(before.server())
        && after.admin().equals(before.admin())
        && after.frontProxy().client().equals(before.frontProxy().client())
        && Arrays.stream(Purpose.values())
            .allMatch(p -> after.issuer(p).trusted().equals(before.issuer(p).trusted()));
  }

  /// The same is said once, as it is tried again every second.
  private void complain(String what, Exception e) {
    String message = String.valueOf(e.getMessage());
    if (!message.equals(complaint)) {
      complaint = message;
      LOG.error(what, e);
    }
  }

  private void tellListeners() {
    for (RenewalListener listener : listeners) {
      try {
        listener.renewed();
      } catch (Exception e) {
        LOG.error("renewed certificates cannot be put to use", e);
      }
    }
  }

  private State state() {
    State current = state;
    if (current == null) {
      throw new IllegalStateException("the certificates have not been opened");
    }
    return current;
  }
}
