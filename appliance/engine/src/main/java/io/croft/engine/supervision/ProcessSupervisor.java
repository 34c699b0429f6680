package io.croft.engine.supervision;

import static java.time.temporal.ChronoUnit.SECONDS;

import io.croft.base.ComponentState;
import io.croft.base.ComponentStatus;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps a program running: starts it again when it ends or does no work any more, later and later
/// when that happens often, and ends it with this process. Thread-safe.
public final class ProcessSupervisor {
  private static final Logger LOG = LoggerFactory.getLogger(ProcessSupervisor.class);
  private static final long LOG_BYTES = 10_000_000;
  private static final int LOG_PREDECESSORS = 4;
  private static final int PIECE_BYTES = 16 << 10;
  private static final int MAX_LINE = 500;
  private static final Duration MARGIN = Duration.ofSeconds(6);
  private static final Duration DRAIN = Duration.ofSeconds(2);

  private final String name;
  private final Job job;
  private final Path logs;
  private final Path pidFile;
  private final Limits limits;
  private final InstantSource clock;
  private final Backoff backoff;
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final AtomicBoolean again = new AtomicBoolean();
  private volatile ComponentStatus status;
  private volatile String lastLine = "";
  private volatile boolean logFailed;
  private @Nullable Thread thread;

  /// @param ready how long the program may take until it does its work
  /// @param grace between being asked to end and being ended
  /// @param look between two questions whether it does its work
  /// @param misses so many times in a row it may say no
  /// @param least waiting after the first failure
  /// @param most waiting after many
  /// @param well having worked for so long, earlier failures are forgotten
  public record Limits(
      Duration ready,
      Duration grace,
      Duration look,
      int misses,
      Duration least,
      Duration most,
      Duration well) {
    public static final Limits USUAL =
        new Limits(
            Duration.ofMinutes(3),
            Duration.ofSeconds(12),
            Duration.ofSeconds(5),
            6,
            Duration.ofSeconds(1),
            Duration.ofSeconds(60),
            Duration.ofMinutes(10));
  }

  /// @param name of the component, and of its log in `logs`
  /// @param pidFile says which process the program is; outlives this process
  public ProcessSupervisor(
      String name, Job job, Path logs, Path pidFile, Limits limits, InstantSource clock) {
    this.name = name;
    this.job = job;
    this.logs = logs;
    this.pidFile = pidFile;
    this.limits = limits;
    this.clock = clock;
    this.backoff = new Backoff(limits.least(), limits.most());
    this.status = new ComponentStatus(name, ComponentState.NEW, clock.instant(), 0, "");
  }

  /// Returns at once; the program is started by a thread of its own.
  public synchronized void start() {
    become(ComponentState.STARTING, "");
    // A platform thread: what it waits for must not depend on how busy the others are.
    thread = Thread.ofPlatform().daemon().name("supervisor-" + name).start(this::run);
  }

  /// Ends the program; returns when it has ended. Repeatable.
  public void stop() {
    stopped.countDown();
    Thread running;
    synchronized (this) {
      running = thread;
    }
    if (running == null) {
      return;
    }
    try {
      if (!running.join(limits.grace().plus(MARGIN))) {
        running.interrupt(); // it prepares something that takes longer
        running.join(MARGIN);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Ends the program and starts it again, with what it then finds prepared.
  public void restart() {
    again.set(true);
  }

  public ComponentStatus status() {
    return status;
  }

  private void run() {
    try {
      while (stopped.getCount() > 0) {
        try (var log = new BoundedLog(logs, name, LOG_BYTES, LOG_PREDECESSORS)) {
          supervise(log);
        } catch (IOException e) {
          become(ComponentState.FAILED, "its log cannot be written: " + e);
          LOG.atError().addKeyValue("program", name).setCause(e).log("A log cannot be opened");
          var _ = stopped.await(limits.look().toMillis(), TimeUnit.MILLISECONDS);
        }
      }
      become(ComponentState.STOPPED, status.lastError());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      become(ComponentState.STOPPED, status.lastError());
    } catch (RuntimeException | Error e) {
      become(ComponentState.FAILED, e.toString());
      LOG.error("a program is no longer supervised", e);
      throw e;
    }
  }

  private void supervise(BoundedLog log) throws InterruptedException {
    while (stopped.getCount() > 0) {
      String failure = runOnce(log);
      if (stopped.getCount() == 0) {
        return;
      }
      Duration wait = failure.isEmpty() ? Duration.ZERO : failed(failure);
      if (stopped.await(wait.toMillis(), TimeUnit.MILLISECONDS)) {
        return;
      }
      next(failure);
    }
  }

  /// @return why it failed; empty when it was to be started again
  private String runOnce(BoundedLog log) throws InterruptedException {
    again.set(false);
    lastLine = "";
    GuardedProcess process;
    try {
      GuardedProcess.endStray(pidFile, limits.grace());
      process = GuardedProcess.start(job.prepare(), pidFile, limits.grace());
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      LOG.atError().addKeyValue("program", name).setCause(e).log("A program cannot be started");
      return String.valueOf(e.getMessage());
    }
    Thread pump = Thread.ofVirtual().name("log-" + name).start(() -> copy(process.output(), log));
    try {
      return watch(process);
    } finally {
      end(process);
      drain(process, pump);
    }
  }

  /// What the program has started may live on, and hold the other end.
  private static void drain(GuardedProcess process, Thread pump) throws InterruptedException {
    if (!pump.join(DRAIN)) {
      try {
        process.output().close();
      } catch (IOException e) {
        LOG.debug("a program's output cannot be closed", e);
      }
    }
  }

  private static void end(GuardedProcess process) throws InterruptedException {
    try {
      process.stop();
    } catch (IOException e) {
      LOG.error("a program cannot be ended", e);
    }
  }

  private String watch(GuardedProcess process) throws InterruptedException {
    long started = System.nanoTime();
    boolean proven = false;
    int misses = 0;
    while (true) {
      if (stopped.getCount() == 0 || again.get()) {
        return "";
      }
      Duration age = Duration.ofNanos(System.nanoTime() - started);
      if (!process.isAlive()) {
        return disproved(proven, ended(process));
      }
      if (job.healthy()) {
        misses = 0;
        if (!proven) {
          proven = true;
          become(ComponentState.RUNNING, status.lastError());
          LOG.atInfo().addKeyValue("program", name).addKeyValue("after", age).log("Ready");
          job.proven();
        }
        if (age.compareTo(limits.well()) > 0) {
          backoff.reset();
        }
      } else if (proven && ++misses >= limits.misses()) {
        return "it did no work for %d s".formatted(limits.look().toSeconds() * misses);
      } else if (!proven && age.compareTo(limits.ready()) > 0) {
        return disproved(false, "it was not ready after " + limits.ready().toSeconds() + " s");
      }
      rest(process, proven);
    }
  }

  /// More often while it is waited for; never longer than the program lives.
  private void rest(GuardedProcess process, boolean proven) throws InterruptedException {
    long until = System.nanoTime() + (proven ? limits.look().toNanos() : 200_000_000L);
    while (System.nanoTime() < until
        && !process.await(Duration.ofMillis(100))
        && stopped.getCount() > 0
        && !again.get()) {
      // until one of these
    }
  }

  private String disproved(boolean proven, String reason) {
    if (!proven) {
      job.disproved(reason);
    }
    return reason;
  }

  private String ended(GuardedProcess process) {
    int code = process.exitCode();
    String how = code > 128 ? "signal " + (code - 128) : "code " + code;
    return lastLine.isEmpty()
        ? "it ended with " + how
        : "it ended with %s: %s".formatted(how, lastLine);
  }

  private Duration failed(String failure) {
    Duration wait = backoff.failed();
    String loop = backoff.isCrashLoop() ? "crash loop: " : "";
    String told =
        "%s%s (next try at %s)"
            .formatted(loop, failure, clock.instant().plus(wait).truncatedTo(SECONDS));
    become(ComponentState.FAILED, told);
    LOG.atWarn()
        .addKeyValue("program", name)
        .addKeyValue("reason", failure)
        .addKeyValue("wait", wait)
        .log("A program is started again");
    return wait;
  }

  private void next(String failure) {
    var now = status;
    Instant at = clock.instant();
    status = new ComponentStatus(name, ComponentState.STARTING, at, now.restarts() + 1, failure);
  }

  private void become(ComponentState state, String error) {
    status = new ComponentStatus(name, state, clock.instant(), status.restarts(), error);
  }

  private void copy(InputStream from, BoundedLog to) {
    var piece = new byte[PIECE_BYTES];
    try (from) {
      int count;
      while ((count = from.read(piece)) >= 0) {
        remember(piece, count);
        keep(piece, count, to);
      }
    } catch (IOException e) {
      LOG.atDebug().addKeyValue("program", name).setCause(e).log("A program's output has ended");
    }
  }

  /// On a full disk the program goes on without its log, rather than waiting for a reader.
  private void keep(byte[] piece, int count, BoundedLog to) {
    try {
      to.write(piece, count);
    } catch (IOException e) {
      if (!logFailed) {
        LOG.atError().addKeyValue("program", name).setCause(e).log("A program's log is incomplete");
      }
      logFailed = true;
    }
  }

  /// The end of what it says is why it ends, in most cases.
  private void remember(byte[] piece, int count) {
    String text = new String(piece, 0, count, StandardCharsets.UTF_8).strip();
    String line = text.substring(text.lastIndexOf('\n') + 1).strip();
    if (!line.isEmpty()) {
      lastLine = line.length() > MAX_LINE ? line.substring(0, MAX_LINE) : line;
    }
  }
}
