package io.croft.engine.k3s;

import io.croft.base.AtomicFiles;
import io.croft.base.Component;
import io.croft.base.ComponentState;
import io.croft.base.ComponentStatus;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.engine.proxy.EngineAddress;
import io.croft.engine.proxy.EngineProxy;
import io.croft.engine.supervision.Job;
import io.croft.engine.supervision.ProcessSupervisor;
import io.croft.model.Json;
import io.croft.pki.FrontProxy;
import io.croft.pki.Pki;
import io.croft.pki.PkiException;
import io.croft.security.AuthorizedHandler;
import io.croft.security.RequestContext;
import io.croft.security.UserInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// k3s as the server of the Kubernetes API: a child process on the appliance's store, with the
/// appliance's authorities, reached through the gateway alone.
public final class K3sEngine implements Component, AuthorizedHandler {
  public static final String NAME = "k3s";
  private static final Logger LOG = LoggerFactory.getLogger(K3sEngine.class);
  private static final int TOKEN_BYTES = 16;

  /// More than the supervisor gives one attempt.
  private static final Duration PATIENCE = Duration.ofMinutes(4);

  private static final Duration PATIENCE_WITH_DOWNLOAD = Duration.ofMinutes(30);
  static final String CONFIG =
      """
      # Further settings of k3s, in its own format (https://docs.k3s.io). What croft itself sets on
      # the command line goes before.
      """;

  private final K3sConfig config;
  private final K3sFiles files;
  private final K3sSource source;
  private final K3sChoice choice;
  private final Supplier<Pki> pki;
  private final EncryptionKey encryption;
  private final StoreHooks store;
  private final UserInfo self;
  private final EngineProxy proxy;
  private final ProcessSupervisor supervisor;

  private volatile boolean everReady;
  private volatile String version = "";

  /// What is to be done with the store around k3s.
  public interface StoreHooks {
    /// Keeps a copy of everything, before another release works on it.
    ///
    /// @param reason a few words for its name
    void snapshot(String reason) throws IOException;

    /// Forgets what k3s keeps of its authorities' keys, as they are others now.
    void forgetBootstrap();
  }

  /// @param pki the authorities that are handed over; may change, see [#authoritiesChanged]
  /// @param self as whom the appliance asks by itself
  public K3sEngine(
      K3sConfig config,
      K3sSource source,
      Supplier<Pki> pki,
      EncryptionKey encryption,
      StoreHooks store,
      UserInfo self,
      ProcessSupervisor.Limits limits,
      InstantSource clock) {
    this.config = config;
    this.files = new K3sFiles(config.directory());
    this.source = source;
    this.choice =
        new K3sChoice(files.releases(), version -> store.snapshot("before-k3s-" + version));
    this.pki = pki;
    this.encryption = encryption;
    this.store = store;
    this.self = self;
    this.proxy =
        new EngineProxy(
            NAME,
            new EngineAddress(
                config.apiPort(),
                () ->
                    new EngineAddress.Credentials(
                        pki.get().frontProxy().client(), pki.get().serverAuthority().trusted())));
    this.supervisor =
        new ProcessSupervisor(
            NAME, new Run(), config.logs(), config.run().resolve("k3s.pid"), limits, clock);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public void init() throws IOException {
    AtomicFiles.ensurePrivateDirectory(config.directory());
    if (config.agent() && !Files.exists(files.hostBefore())) {
      String host = K3sHost.describe(Path.of("/"), config.directory());
      AtomicFiles.write(files.hostBefore(), host, AtomicFiles.SECRET);
    }
    if (!Files.exists(files.config())) {
      AtomicFiles.write(files.config(), CONFIG, AtomicFiles.SECRET);
    }
    if (!Files.exists(files.token())) {
      byte[] token = new byte[TOKEN_BYTES];
      new SecureRandom().nextBytes(token);
      AtomicFiles.write(files.token(), HexFormat.of().formatHex(token) + "\n", AtomicFiles.SECRET);
    }
    AtomicFiles.write(
        files.encryption(), Json.bytes(encryption.configuration()), AtomicFiles.SECRET);
    if (config.agent()) {
      provideImages();
    }
    if (!source.available() && !choice.hasAny()) {
      throw new IOException("no k3s to run; name one: croft.k3s, or CROFT_K3S");
    }
  }

  /// Those of the bundle, so that no registry is needed.
  private void provideImages() throws IOException {
    for (Path image : source.images()) {
      Files.createDirectories(files.images());
      Path target = files.images().resolve(String.valueOf(image.getFileName()));
      if (!Files.exists(target) || Files.size(target) != Files.size(image)) {
        Path part = target.resolveSibling("." + target.getFileName());
        Files.copy(image, part, StandardCopyOption.REPLACE_EXISTING);
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
      }
    }
  }

  @Override
  public void start() {
    supervisor.start();
  }

  /// @throws IllegalStateException before it was ready for the first time, when no release is left
  ///   to try
  @Override
  public boolean ready() {
    ComponentStatus now = supervisor.status();
    boolean ready = now.state() == ComponentState.RUNNING;
    everReady |= ready;
    if (!everReady && now.state() == ComponentState.FAILED && now.restarts() >= K3sChoice.CHANCES) {
      throw new IllegalStateException(now.lastError());
    }
    return ready;
  }

  @Override
  public Duration patience() {
    try {
      return source.local().isEmpty() ? PATIENCE_WITH_DOWNLOAD : PATIENCE;
    } catch (IOException e) {
      return PATIENCE;
    }
  }

  @Override
  public void stop() {
    supervisor.stop();
  }

  /// As it stands, with what went wrong last.
  public ComponentStatus status() {
    ComponentStatus now = supervisor.status();
    return now.state() == ComponentState.RUNNING && !choice.notice().isEmpty()
        ? new ComponentStatus(NAME, now.state(), now.since(), now.restarts(), choice.notice())
        : now;
  }

  /// Of the k3s that was started last; empty before that.
  public String version() {
    return version;
  }

  /// What its agents on joined hosts are served by.
  public K3sHosts hosts(K3sHosts.Terms terms, InstantSource clock) {
    return new K3sHosts(config, pki, terms, clock);
  }

  /// Has k3s started again with our authorities as they are now, if they are others.
  public void authoritiesChanged() {
    try {
      if (handOver()) {
        LOG.info("k3s starts again with other authorities");
        supervisor.restart();
      }
    } catch (IOException | PkiException e) {
      LOG.error("k3s cannot be given the authorities", e);
    }
  }

  @Override
  public HttpResponse handle(HttpRequest request, RequestContext context) {
    return proxy.handle(request, context);
  }

  /// @return whether k3s has others now than before
  private synchronized boolean handOver() throws IOException, PkiException {
    boolean changed = K3sTrust.write(pki.get(), files.tls());
    if (changed) {
      store.forgetBootstrap();
    }
    return changed;
  }

  private final class Run implements Job {
    @Override
    public Program prepare() throws IOException, PkiException, InterruptedException {
      handOver();
      // Another is looked for when croft starts, not when this one has crashed.
      K3sProgram program = choice.next(source, true);
      version = program.version().toString();
      var line = new ArrayList<String>();
      line.add(program.file().toString());
      line.addAll(config.arguments(files, FrontProxy.NAME));
      return new Program(line, environment(), config.directory());
    }

    @Override
    public boolean healthy() {
      return proxy.ready(self);
    }

    @Override
    public void proven() {
      choice.works();
    }

    @Override
    public void disproved(String reason) {
      choice.fails(reason);
    }
  }

  /// Ours, without what would be settings of k3s.
  static Map<String, String> environment() {
    var environment = new HashMap<>(System.getenv());
    environment.keySet().removeIf(name -> name.startsWith("K3S_") || name.startsWith("CROFT_"));
    environment.remove("NOTIFY_SOCKET"); // when croft is ready, it says so itself
    return environment;
  }
}
