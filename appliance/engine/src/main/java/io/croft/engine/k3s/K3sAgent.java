package io.croft.engine.k3s;

import io.croft.base.AtomicFiles;
import io.croft.base.ComponentState;
import io.croft.base.ComponentStatus;
import io.croft.engine.supervision.Job;
import io.croft.engine.supervision.ProcessSupervisor;
import io.croft.pki.Pem;
import io.croft.pki.PkiException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// k3s on a host that has joined: an agent that runs containers for the appliance's k3s, as a child
/// process. It is run while there is a k3s for this host and the appliance's engine is k3s, and
/// begins anew with another release when that is put in the place of the one before.
public final class K3sAgent implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(K3sAgent.class);
  private static final Duration LOOK = Duration.ofSeconds(3);

  /// How often the appliance is asked whether its engine is k3s.
  private static final Duration ASK = Duration.ofSeconds(30);

  /// k3s renews its certificates when it starts; it is not started again for that more often.
  private static final Duration RENEWAL = Duration.ofHours(1);

  /// Where a kubelet says whether it is well, unless it was told otherwise.
  public static final URI HEALTH = URI.create("http://127.0.0.1:10248/healthz");

  private static final Duration PROBE = Duration.ofSeconds(3);
  private static final int OK = 200;

  private final Config config;
  private final K3sFiles files;
  private final Server server;
  private final InstantSource clock;
  private final K3sChoice choice;
  private final HttpClient http;
  private final Thread keeper;

  private volatile @Nullable ProcessSupervisor supervisor;

  /// Of the keeper alone.
  private long askedNanos = System.nanoTime() - ASK.toNanos();

  private long renewedNanos = System.nanoTime() - RENEWAL.toNanos();

  /// What was looked at when k3s was started last.
  private volatile String found = "";

  /// @param directory of k3s' state
  /// @param logs where its log is kept
  /// @param run for what is true only while it runs
  /// @param node the host's name
  /// @param source where a k3s is, unless one was [provided][#provided]
  /// @param health where its kubelet says whether it is well
  public record Config(
      Path directory, Path logs, Path run, String node, K3sSource source, URI health) {}

  /// The appliance that the host has joined.
  public interface Server {
    /// Where its one port is.
    URI url();

    /// What the host's k3s logs in with; empty where the appliance's engine is not k3s.
    Optional<String> token() throws IOException, InterruptedException;
  }

  public K3sAgent(Config config, Server server, InstantSource clock) {
    this.config = config;
    this.files = new K3sFiles(config.directory());
    this.server = server;
    this.clock = clock;
    this.choice = new K3sChoice(files.releases(), _ -> {});
    this.http = HttpClient.newBuilder().connectTimeout(PROBE).build();
    this.keeper = Thread.ofVirtual().name("k3s-agent").unstarted(this::keep);
  }

  /// Where a program is put that the host is to run, in the place of all others: by the scripts of
  /// a machine component.
  ///
  /// @param directory of k3s' state
  public static Path provided(Path directory) {
    return new K3sFiles(directory).provided();
  }

  public void start() {
    keeper.start();
  }

  /// Ends k3s; containers live on.
  @Override
  public void close() {
    keeper.interrupt();
    try {
      keeper.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    ProcessSupervisor running = supervisor;
    if (running != null) {
      running.stop();
    }
    http.close();
  }

  /// Empty where the host runs no containers.
  public Optional<ComponentStatus> status() {
    ProcessSupervisor running = supervisor;
    if (running == null) {
      return Optional.empty();
    }
    ComponentStatus now = running.status();
    String notice = choice.notice();
    return Optional.of(
        now.state() == ComponentState.RUNNING && !notice.isEmpty()
            ? new ComponentStatus(now.name(), now.state(), now.since(), now.restarts(), notice)
            : now);
  }

  private void keep() {
    try {
      while (true) {
        try {
          look();
        } catch (IOException | RuntimeException e) {
          LOG.atWarn()
              .addKeyValue("cause", e.toString())
              .log("k3s on this host is looked at again");
        }
        Thread.sleep(LOOK);
      }
    } catch (InterruptedException e) {
      LOG.debug("k3s on this host is no longer looked after");
    }
  }

  private void look() throws IOException, InterruptedException {
    AtomicFiles.ensurePrivateDirectory(config.directory());
    ProcessSupervisor running = supervisor;
    boolean wanted = source().available();
    if (running == null) {
      if (wanted && isServed()) {
        begin();
      }
    } else if (!wanted || (running.status().state() == ComponentState.FAILED && !isServed())) {
      LOG.info("k3s is run on this host no longer");
      supervisor = null;
      running.stop();
    } else if (!found.equals(look(files.provided()) + server.url()) || isRenewalDue()) {
      running.restart();
    }
  }

  /// @return also when that cannot be told just now and k3s runs
  private boolean isServed() throws InterruptedException {
    long now = System.nanoTime();
    if (now - askedNanos < ASK.toNanos()) {
      return supervisor != null;
    }
    try {
      boolean served = server.token().isPresent();
      askedNanos = now;
      return served;
    } catch (IOException | RuntimeException e) {
      LOG.atDebug().setCause(e).log("it is not known whether the appliance runs k3s");
      return supervisor != null;
    }
  }

  private void begin() throws IOException {
    if (!Files.exists(files.hostBefore())) {
      String host = K3sHost.describe(Path.of("/"), config.directory());
      AtomicFiles.write(files.hostBefore(), host, AtomicFiles.SECRET);
    }
    if (!Files.exists(files.config())) {
      AtomicFiles.write(files.config(), K3sEngine.CONFIG, AtomicFiles.SECRET);
    }
    var begun =
        new ProcessSupervisor(
            K3sEngine.NAME,
            new Run(),
            config.logs(),
            config.run().resolve("k3s.pid"),
            ProcessSupervisor.Limits.USUAL,
            clock);
    supervisor = begun;
    begun.start();
  }

  private K3sSource source() {
    Path provided = files.provided();
    return Files.isExecutable(provided)
        ? new K3sSource(
            Optional.of(provided), List.of(), config.source().bundled(), Optional.empty())
        : config.source();
  }

  /// Another file, or none, is another text.
  private static String look(Path file) throws IOException {
    try {
      var attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return "%s %s %d"
          .formatted(attributes.fileKey(), attributes.lastModifiedTime(), attributes.size());
    } catch (NoSuchFileException e) {
      return "";
    }
  }

  /// Whether the kubelet's certificate has lived two thirds of its life.
  private boolean isRenewalDue() throws IOException {
    Path file = files.root().resolve("agent").resolve("client-kubelet.crt");
    long now = System.nanoTime();
    if (now - renewedNanos < RENEWAL.toNanos() || !Files.exists(file)) {
      return false;
    }
    try {
      List<X509Certificate> chain = Pem.certificates(Files.readString(file));
      if (chain.isEmpty()) {
        return false;
      }
      Instant begin = chain.getFirst().getNotBefore().toInstant();
      Instant end = chain.getFirst().getNotAfter().toInstant();
      Duration life = Duration.between(begin, end);
      boolean due = clock.instant().isAfter(end.minus(life.dividedBy(3)));
      if (due) {
        renewedNanos = now;
        LOG.info("k3s starts again, to renew its certificates");
      }
      return due;
    } catch (PkiException e) {
      return false; // k3s makes it anew when it starts
    }
  }

  private final class Run implements Job {
    @Override
    public Program prepare() throws IOException, InterruptedException {
      String looked = look(files.provided()) + server.url();
      K3sProgram program = choice.next(source(), looked.equals(found));
      found = looked;
      String token =
          server
              .token()
              .orElseThrow(() -> new IOException("the appliance's engine is not k3s any more"));
      AtomicFiles.write(files.agentToken(), token + "\n", AtomicFiles.SECRET);
      return new Program(
          List.of(
              program.file().toString(),
              "agent",
              "--config=" + files.config(),
              "--data-dir=" + files.root(),
              "--server=" + server.url(),
              "--token-file=" + files.agentToken(),
              "--node-name=" + config.node()),
          K3sEngine.environment(),
          files.root());
    }

    @Override
    public boolean healthy() {
      try {
        var question = HttpRequest.newBuilder(config.health()).timeout(PROBE).build();
        return http.send(question, BodyHandlers.discarding()).statusCode() == OK;
      } catch (IOException e) {
        return false;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
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
}
