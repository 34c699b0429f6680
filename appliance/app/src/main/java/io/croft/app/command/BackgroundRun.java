package io.croft.app.command;

import io.croft.app.config.Configuration;
import io.croft.app.process.BackgroundProcess;
import io.croft.app.process.StopSignal;
import io.croft.app.runtime.Endpoint;
import io.croft.base.RunningProcess;
import io.croft.pki.PkiException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// The appliance in a process of its own that outlives this one.
final class BackgroundRun {
  /// Above what the components together may take; a safety net rather than a promise.
  private static final Duration LIMIT = Duration.ofMinutes(5);

  private static final Duration POLL = Duration.ofMillis(50);

  private final Shell shell;
  private final Configuration configuration;
  private final Path dataDir;

  BackgroundRun(Shell shell, Configuration configuration) {
    this.shell = shell;
    this.configuration = configuration;
    this.dataDir = configuration.dataDir();
  }

  /// Starts the process, shows what it says, and returns once it is ready or has ended; fine when
  /// the appliance runs already. An interrupt meanwhile (Ctrl-C) ends the process, too.
  ///
  /// @param arguments of `croft` for the process in the background
  ExitCode run(List<String> arguments) throws PkiException, IOException, InterruptedException {
    long begunNanos = System.nanoTime();
    Optional<Endpoint> running = runningAlready();
    if (running.isPresent()) {
      shell.err().println("croft runs already; other settings take effect after: croft down");
      new Welcome(dataDir, running.get()).print(shell.out());
      return ExitCode.DONE;
    }
    try (var child = BackgroundProcess.start(arguments, shell.err());
        var _ = StopSignal.ending(child)) {
      while (child.isAlive()) {
        Optional<Endpoint> endpoint = endpointOf(child);
        if (endpoint.isPresent() && isReady(endpoint.get())) {
          new Welcome(dataDir, endpoint.get()).print(shell.out(), begunNanos);
          return ExitCode.DONE;
        }
        if (System.nanoTime() - begunNanos > LIMIT.toNanos()) {
          throw tooSlow(child);
        }
        Thread.sleep(POLL);
      }
      return failure(child.exitCode());
    }
  }

  /// Where the appliance serves that has the data directory now and is ready.
  private Optional<Endpoint> runningAlready()
      throws PkiException, IOException, InterruptedException {
    if (RunningProcess.of(dataDir).isEmpty()) {
      Endpoint.forget(dataDir);
      return Optional.empty();
    }
    Optional<Endpoint> endpoint = Endpoint.read(dataDir);
    return endpoint.isPresent() && isReady(endpoint.get()) ? endpoint : Optional.empty();
  }

  /// What lies in the data directory may be another appliance's.
  private Optional<Endpoint> endpointOf(BackgroundProcess child) throws IOException {
    boolean owned =
        RunningProcess.of(dataDir).filter(owner -> owner.pid() == child.pid()).isPresent();
    return owned ? Endpoint.read(dataDir) : Optional.empty();
  }

  /// By now everything has started, so not being reached is an error and not a matter of time.
  private boolean isReady(Endpoint endpoint) throws PkiException, InterruptedException {
    try (var client = StoreSource.client(configuration, endpoint)) {
      return client.isReady();
    } catch (IOException e) {
      throw new CommandException(
          ExitCode.FAILED,
          "croft runs, but does not answer at %s: %s".formatted(endpoint.url(), e.getMessage()),
          e);
    }
  }

  private CommandException tooSlow(BackgroundProcess child) {
    return new CommandException(
        ExitCode.NOT_READY,
        "not ready after %d s, still starting as process %d; see %s"
            .formatted(LIMIT.toSeconds(), child.pid(), dataDir.resolve("logs/croft.log")));
  }

  /// The child has already said why, unless a signal ended it.
  private static ExitCode failure(int code) {
    for (ExitCode known : ExitCode.values()) {
      if (known.code() == code && known != ExitCode.DONE) {
        return known;
      }
    }
    throw new CommandException(
        ExitCode.FAILED, "the appliance ended with code " + code + " before it was ready");
  }
}
