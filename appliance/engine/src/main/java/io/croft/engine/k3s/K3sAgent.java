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

  /// How often the appliance is asked whether its engine is k3s, and who its authorities are.
  private static final Duration ASK = Duration.ofMinutes(1);

  /// How long a token is used that was got before: half of its life.
  private static final Duration FRESH = Duration.ofHours(12);

  /// k3s renews its certificates when it starts; it is not started again for that more often, nor
  /// than in this part of their life.
  private static final Duration RENEWAL = Duration.ofHours(1);

  private static final int RENEWAL_PART = 6;

  /// Where a kubelet says whether it is well, unless it was told otherwise.
  public static final URI HEALTH = URI.create("http://127.0.0.1:10248/healthz");

  private static final Duration PROBE = Duration.ofSeconds(3);
  private static final int OK = 200;

  private final Config config;
  private final K3sFiles files;
  private final Server server;
  private final InstantSource clock;
  private final Duration every;
  private final K3sChoice choice;
  private final HttpClient http;
  private final Thread keeper;

  private volatile @Nullable ProcessSupervisor supervisor;

  /// What the appliance has answered last; null before.
  private volatile @Nullable Answer answer;

  /// Since when k3s is about to be started, from before it is known whether it will; null else.
  private volatile @Nullable Instant beginning;

  /// Of the keeper alone.
  private long renewedNanos = System.nanoTime() - RENEWAL.toNanos();

  /// What was looked at when a start of k3s was tried last.
  private volatile String tried = "";

  /// What was looked at when k3s was started last. Of the supervisor alone.
  private String found = "";

  private record Answer(Optional<Access> access, long nanos) {
    boolean isYounger(Duration age) {
      return System.nanoTime() - nanos < age.toNanos();
    }
  }

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

    /// Empty where the appliance's engine is not k3s.
    Optional<Access> access() throws IOException, InterruptedException;
  }

  /// @param token what the host's k3s logs in with
  /// @param generation another text when it is to begin anew
  public record Access(String token, String generation) {}

  public K3sAgent(Config config, Server server, InstantSource clock) {
    this(config, server, clock, ASK);
  }

  /// @param every how often the appliance is asked
  K3sAgent(Config config, Server server, InstantSource clock, Duration every) {
    this.config = config;
    this.files = new K3sFiles(config.directory());
    this.server = server;
    this.clock = clock;
    this.every = every;
    this.choice = new K3sChoice(files.releases(), _ -> {});
    this.http = HttpClient.newBuilder().connectTimeout(PROBE).build();
    this.keeper = Thread.ofVirtual().name("k3s-agent").unstarted(this::keep);
    try {
      this.beginning = source().available() ? clock.instant() : null;
    } catch (IOException e) {
      LOG.debug("it is told later that what the settings name cannot be run", e);
    }
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
    Instant since = beginning;
    if (since != null) {
      return Optional.of(
          new ComponentStatus(K3sEngine.NAME, ComponentState.STARTING, since, 0, ""));
    }
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
      forget();
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

  /// What ran before croft was killed does so no longer.
  private void forget() {
    try {
      Files.deleteIfExists(files.running());
    } catch (IOException e) {
      LOG.error("it cannot be taken back that k3s runs", e);
    }
  }

  private void look() throws IOException, InterruptedException {
    AtomicFiles.ensurePrivateDirectory(config.directory());
    boolean wanted = source().available();
    Answer told = wanted ? ask() : null;
    ProcessSupervisor running = supervisor;
    if (!wanted || (told != null && told.access().isEmpty())) {
      beginning = null;
      if (running != null) {
        LOG.info("k3s is run on this host no longer");
        supervisor = null;
        running.stop();
        Files.deleteIfExists(files.running());
      }
    } else if (told == null) {
      LOG.debug("it is not known yet whether the appliance runs k3s");
    } else if (running == null) {
      begin();
    } else if (beginning == null && (!tried.equals(state(told)) || isRenewalDue(told))) {
      beginning = clock.instant();
      running.restart();
    }
  }

  /// Another text when k3s is to begin anew.
  private String state(Answer told) throws IOException {
    return "%s %s %s"
        .formatted(
            look(files.provided()), server.url(), told.access().map(Access::generation).orElse(""));
  }

  /// @return what was said last, where the appliance is not reached; null when it never was
  private @Nullable Answer ask() throws InterruptedException {
    Answer last = answer;
    if (last == null || !last.isYounger(every)) {
      try {
        last = new Answer(server.access(), System.nanoTime());
        answer = last;
      } catch (IOException | RuntimeException e) {
        LOG.atDebug().setCause(e).log("it is not known whether the appliance runs k3s");
      }
    }
    return last;
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
    beginning = clock.instant();
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

  /// Whether the kubelet's certificate has lived two thirds of its life, and the appliance is there
  /// to give it another one.
  private boolean isRenewalDue(Answer told) throws IOException {
    Path file = files.root().resolve("agent").resolve("client-kubelet.crt");
    if (!told.isYounger(every.multipliedBy(2)) || !Files.exists(file)) {
      return false;
    }
    try {
      List<X509Certificate> chain = Pem.certificates(Files.readString(file));
      if (chain.isEmpty()) {
        return false;
      }
      Instant end = chain.getFirst().getNotAfter().toInstant();
      Duration life = Duration.between(chain.getFirst().getNotBefore().toInstant(), end);
      Duration part = life.dividedBy(RENEWAL_PART);
      long pause = Math.min(part.toNanos(), RENEWAL.toNanos());
      if (clock.instant().isBefore(end.minus(life.dividedBy(3)))
          || System.nanoTime() - renewedNanos < pause) {
        return false;
      }
      renewedNanos = System.nanoTime();
      LOG.info("k3s starts again, to renew its certificates");
      return true;
    } catch (PkiException e) {
      return false; // k3s makes it anew when it starts
    }
  }

  private final class Run implements Job {
    @Override
    public Program prepare() throws IOException, InterruptedException {
      beginning = null;
      Files.deleteIfExists(files.running());
      Access access = access();
      String looked = state(new Answer(Optional.of(access), 0));
      tried = looked;
      K3sProgram program = choice.next(source(), looked.equals(found));
      found = looked;
      AtomicFiles.write(files.agentToken(), access.token() + "\n", AtomicFiles.SECRET);
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

    private Access access() throws IOException, InterruptedException {
      Answer last = answer;
      try {
        Optional<Access> now = server.access();
        answer = new Answer(now, System.nanoTime());
        return now.orElseThrow(() -> new IOException("the appliance's engine is not k3s any more"));
      } catch (IOException e) {
        if (last == null || last.access().isEmpty() || !last.isYounger(FRESH)) {
          throw e;
        }
        return last.access().get();
      }
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
      try {
        AtomicFiles.write(files.running(), choice.sha256() + "\n", AtomicFiles.SECRET);
      } catch (IOException e) {
        LOG.error("it cannot be written down which k3s runs", e);
      }
    }

    @Override
    public void disproved(String reason) {
      // Without the appliance no release gets ready.
      Answer last = answer;
      if (last != null && last.isYounger(every.multipliedBy(2))) {
        choice.fails(reason);
      }
    }
  }
}
