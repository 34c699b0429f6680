package io.croft.app.command;

import io.croft.app.config.Configuration;
import io.croft.app.process.IdleHeap;
import io.croft.app.process.MemoryLimits;
import io.croft.app.process.ServiceManager;
import io.croft.app.process.StopSignal;
import io.croft.app.runtime.Appliance;
import io.croft.app.runtime.Endpoint;
import io.croft.app.terminal.Progress;
import io.croft.base.ComponentStatus;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The appliance in this process, until a signal ends it.
final class ForegroundRun {
  private static final Logger LOG = LoggerFactory.getLogger(ForegroundRun.class);

  private final Shell shell;
  private final Configuration configuration;

  /// Whether a component has failed; set by the thread that starts and stops them.
  private volatile boolean failed;

  ForegroundRun(Shell shell, Configuration configuration) {
    this.shell = shell;
    this.configuration = configuration;
  }

  /// Does not return while the appliance runs.
  ExitCode run() throws Exception {
    long begunNanos = System.nanoTime();
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, error) -> LOG.error("thread {} ended by an error", thread.getName(), error));
    var progress = Progress.on(shell.err(), shell.interactive());
    try (var appliance = Appliance.open(configuration, status -> show(status, progress));
        var _ = IdleHeap.watch();
        var signal = StopSignal.closing(appliance)) {
      MemoryLimits.ofThisProcess().publish(configuration.dataDir());
      Endpoint endpoint = appliance.start();
      progress.settle();
      new Welcome(configuration.dataDir(), endpoint).print(shell.out(), begunNanos);
      ServiceManager.of(shell.environment()).tellReady();
      throw CommandException.storeFailed(signal.await(appliance.failed()));
    }
  }

  /// What is stopped because something failed is of no interest any more.
  private void show(ComponentStatus status, Progress progress) {
    if (failed) {
      return;
    }
    String state = status.state().name().toLowerCase(Locale.ROOT);
    switch (status.state()) {
      case NEW, INITIALIZING, STARTING, STOPPING -> progress.doing(status.name(), state);
      case RUNNING, STOPPED -> progress.done(status.name(), state);
      case FAILED -> {
        failed = true;
        progress.failed(status.name(), state);
      }
    }
  }
}
