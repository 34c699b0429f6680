package io.croft.app.runtime;

import io.croft.base.Component;
import io.croft.base.http.HttpRequest;
import io.croft.gateway.TlsMaterial;
import io.croft.pki.FrontProxy;
import io.croft.pki.Identity;
import io.croft.pki.Pem;
import io.croft.pki.Pki;
import io.croft.pki.PkiException;
import io.croft.pki.ServerNames;
import io.croft.security.Authenticator;
import io.croft.security.ClientCertificateAuthenticator;
import java.io.IOException;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the appliance's certificates good while it runs: renews what is due, and certifies the
/// host's names and addresses anew when they change, without a restart.
final class Certificates implements Component, Authenticator {
  private static final Logger LOG = LoggerFactory.getLogger(Certificates.class);
  private static final Duration LOOK_AT_NAMES = Duration.ofSeconds(10);
  private static final Duration LOOK_AT_DATES = Duration.ofHours(1);

  private final Path directory;
  private final List<String> extraNames;
  private final InstantSource clock;
  private final List<RenewalListener> listeners = new CopyOnWriteArrayList<>();
  private volatile @Nullable State state;
  private volatile Map<String, Identity> routed = Map.of();
  private @Nullable Thread watcher;

  /// Told after certificates have changed.
  @FunctionalInterface
  interface RenewalListener {
    void renewed() throws Exception;
  }

  private record State(
      Pki pki,
      FrontProxy frontProxy,
      ServerNames names,
      Instant opened,
      Authenticator authenticator) {}

  /// @param extraNames host names and addresses to certify besides those that the host itself knows
  Certificates(Path directory, List<String> extraNames, InstantSource clock) {
    this.directory = directory;
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

  /// By which the servers of other APIs know this one.
  FrontProxy frontProxy() {
    return state().frontProxy();
  }

  TlsMaterial tlsMaterial() {
    Pki pki = pki();
    return new TlsMaterial(
        pki.server().key(), pki.server().chain(), pki.clientAuthority().trusted(), routed);
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

  /// The pair that signs the tokens of service accounts.
  KeyPair tokenKeys() {
    return pki().serviceAccountKeys();
  }

  @Override
  public Outcome authenticate(HttpRequest request) {
    return state().authenticator().authenticate(request);
  }

  private State open(ServerNames names) throws PkiException, IOException {
    Pki pki = Pki.open(directory, names, clock);
    var authenticator = new ClientCertificateAuthenticator(pki.clientAuthority().trusted(), clock);
    FrontProxy frontProxy = FrontProxy.open(directory, clock);
    return new State(pki, frontProxy, names, clock.instant(), authenticator);
  }

  private void watch() {
    try {
      while (true) {
        Thread.sleep(LOOK_AT_NAMES);
        renewIfDue();
      }
    } catch (InterruptedException e) {
      LOG.debug("certificates are no longer watched");
    }
  }

  private void renewIfDue() {
    State before = state();
    ServerNames names = ServerNames.ofThisHost(extraNames);
    boolean datesDue = before.opened().plus(LOOK_AT_DATES).isBefore(clock.instant());
    if (!datesDue && names.equals(before.names())) {
      return;
    }
    try {
      State after = open(names);
      state = after;
      if (!after.pki().server().equals(before.pki().server())
          || !after.pki().admin().equals(before.pki().admin())) {
        LOG.info("certificates are renewed");
        tellListeners();
      }
    } catch (PkiException | IOException e) {
      LOG.error("certificates cannot be renewed", e);
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
