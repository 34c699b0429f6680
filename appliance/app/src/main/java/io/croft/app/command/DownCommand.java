package io.croft.app.command;

import io.croft.app.terminal.Progress;
import io.croft.base.RunningProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `croft down`: stops the appliance.
@Command(
    name = "down",
    description = "Stops the appliance and waits for its end; fine when it does not run.",
    footer = {"", "Example:", "  croft down --data-dir /var/lib/croft"})
final class DownCommand implements Callable<Integer> {
  /// Above what an orderly stop may take.
  private static final Duration LIMIT = Duration.ofMinutes(2);

  private static final Duration POLL = Duration.ofMillis(20);

  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();

  DownCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    Path dataDir = common.dataDir(shell); // whatever else is wrong with the settings
    Optional<RunningProcess> running = RunningProcess.of(dataDir);
    if (running.isEmpty()) {
      shell.out().println("not running (data directory " + dataDir + ")");
    } else {
      stop(running.get());
    }
    return ExitCode.DONE.code();
  }

  private void stop(RunningProcess process) throws InterruptedException {
    String step = "pid " + process.pid();
    var progress = Progress.on(shell.err(), shell.interactive());
    progress.doing(step, "stopping");
    if (!process.requestStop() && process.isAlive()) {
      progress.failed(step, "running");
      throw new CommandException(
          ExitCode.NOT_ALLOWED,
          "may not stop process " + process.pid() + "; run as the user it belongs to");
    }
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (process.isAlive()) {
      if (System.nanoTime() - deadline > 0) {
        progress.failed(step, "running");
        throw new CommandException(
            ExitCode.FAILED,
            "process %d did not stop within %d s; end it with: kill -9 %d (nothing that was acknowledged is lost)"
                .formatted(process.pid(), LIMIT.toSeconds(), process.pid()));
      }
      Thread.sleep(POLL);
    }
    progress.done(step, "stopped");
  }
}
