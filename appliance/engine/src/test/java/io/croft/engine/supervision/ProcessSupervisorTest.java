package io.croft.engine.supervision;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.base.ComponentState;
import io.croft.base.RunningProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// With shells for programs.
@Tag("M12")
class ProcessSupervisorTest {
  /// Short, and never what a test waits for when all is well.
  private static final ProcessSupervisor.Limits SHORT =
      new ProcessSupervisor.Limits(
          Duration.ofSeconds(20),
          Duration.ofSeconds(2),
          Duration.ofMillis(50),
          3,
          Duration.ofMillis(10),
          Duration.ofMillis(40),
          Duration.ofMinutes(10));

  private final List<String> disproved = new CopyOnWriteArrayList<>();
  private final AtomicInteger proven = new AtomicInteger();
  @TempDir Path directory;
  private volatile boolean healthy = true;
  private @Nullable ProcessSupervisor running;

  private ProcessSupervisor supervise(String script, ProcessSupervisor.Limits limits) {
    var job =
        new Job() {
          @Override
          public Program prepare() {
            return new Program(
                List.of("/bin/sh", "-c", script),
                Map.of("PATH", "/usr/bin:/bin", "DIR", directory.toString()),
                directory);
          }

          @Override
          public boolean healthy() {
            return healthy;
          }

          @Override
          public void proven() {
            proven.incrementAndGet();
          }

          @Override
          public void disproved(String reason) {
            disproved.add(reason);
          }
        };
    return new ProcessSupervisor(
        "job", job, directory.resolve("logs"), pidFile(), limits, InstantSource.system());
  }

  private Path pidFile() {
    return directory.resolve("job.pid");
  }

  private ProcessSupervisor supervisor() {
    return Objects.requireNonNull(running);
  }

  private void run(String script) throws Exception {
    run(script, SHORT);
  }

  private void run(String script, ProcessSupervisor.Limits limits) throws Exception {
    running = supervise(script, limits);
    supervisor().start();
  }

  @AfterEach
  void stop() {
    if (running != null) {
      running.stop();
    }
  }

  private static void eventually(String what, Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!condition.call()) {
      assertThat(System.nanoTime()).as("deadline: " + what).isLessThan(deadline);
      LockSupport.parkNanos(5_000_000);
    }
  }

  private ComponentState state() {
    return supervisor().status().state();
  }

  private RunningProcess program() throws Exception {
    eventually("a process is known", () -> RunningProcess.read(pidFile()).isPresent());
    return RunningProcess.read(pidFile()).orElseThrow();
  }

  @Test
  void endsTheProgramWhenItStops() throws Exception {
    run("exec sleep 600");
    eventually("it runs", () -> state() == ComponentState.RUNNING);
    RunningProcess program = program();
    assertThat(program.isAlive()).isTrue();

    supervisor().stop();

    assertThat(program.isAlive()).isFalse();
    assertThat(state()).isEqualTo(ComponentState.STOPPED);
    assertThat(pidFile()).doesNotExist();
    supervisor().stop();
  }

  @Test
  void endsAProgramThatDoesNotWantTo() throws Exception {
    run("trap '' TERM; while :; do sleep 1; done");
    eventually("it runs", () -> state() == ComponentState.RUNNING);
    RunningProcess program = program();

    supervisor().stop();

    assertThat(program.isAlive()).isFalse();
  }

  @Test
  void startsAgainWhatWasKilled() throws Exception {
    run("exec sleep 600");
    eventually("it runs", () -> state() == ComponentState.RUNNING);
    RunningProcess first = program();

    ProcessHandle.of(first.pid()).orElseThrow().destroyForcibly();

    eventually(
        "it runs again",
        () -> state() == ComponentState.RUNNING && supervisor().status().restarts() == 1);
    assertThat(program()).isNotEqualTo(first);
    assertThat(supervisor().status().lastError()).contains("signal 9");
    assertThat(disproved).isEmpty();
  }

  @Test
  void startsAgainWhatDoesNoWork() throws Exception {
    run("exec sleep 600");
    eventually("it runs", () -> state() == ComponentState.RUNNING);
    RunningProcess first = program();

    healthy = false;
    eventually("it is ended", () -> !first.isAlive());
    healthy = true;

    eventually("it works again", () -> proven.get() == 2);
    assertThat(supervisor().status().lastError()).contains("did no work");
  }

  @Test
  void tellsWhyAProgramEndsAndThatItDoesSoAllTheTime() throws Exception {
    healthy = false;
    run("echo something else; echo 'the disk is on fire' >&2; exit 3");

    eventually("a crash loop", () -> supervisor().status().lastError().contains("crash loop"));

    assertThat(disproved).allMatch(r -> r.equals("it ended with code 3: the disk is on fire"));
    assertThat(Files.readString(directory.resolve("logs/job.log")))
        .contains("something else", "the disk is on fire");
    assertThat(proven).hasValue(0);
  }

  @Test
  void givesUpOnAProgramThatDoesNotGetReady() throws Exception {
    healthy = false;
    run(
        "exec sleep 600",
        new ProcessSupervisor.Limits(
            Duration.ofMillis(300),
            SHORT.grace(),
            SHORT.look(),
            SHORT.misses(),
            SHORT.least(),
            SHORT.most(),
            SHORT.well()));

    eventually("it is given up", () -> !disproved.isEmpty());
    assertThat(disproved.getFirst()).startsWith("it was not ready after");
  }

  @Test
  void endsWhatAnEarlierRunHasLeft() throws Exception {
    run("exec sleep 600");
    RunningProcess left = program();
    String known = Files.readString(pidFile());
    supervisor().stop();
    Process stray = new ProcessBuilder("sleep", "600").start();
    String boot = known.substring(known.indexOf(' ') + 1, known.indexOf('/'));
    String stat = Files.readString(Path.of("/proc", "" + stray.pid(), "stat"));
    String birth = stat.substring(stat.lastIndexOf(')') + 2).split(" ")[19];
    Files.writeString(pidFile(), stray.pid() + " " + boot + "/" + birth + "\n");

    run("exec sleep 600");

    eventually("the stray has ended", () -> !stray.isAlive());
    eventually("it runs", () -> state() == ComponentState.RUNNING);
    assertThat(left.isAlive()).isFalse();
  }

  /// A number that was given to another process since.
  @Test
  void leavesAloneWhoHasOnlyTheSameNumber() throws Exception {
    Process other = new ProcessBuilder("sleep", "600").start();
    Files.writeString(pidFile(), other.pid() + " another-boot/12345\n");

    run("exec sleep 600");

    eventually("it runs", () -> state() == ComponentState.RUNNING);
    assertThat(other.isAlive()).isTrue();
    other.destroyForcibly();
  }

  /// The shell beside the program sees the end of the pipe, as when this process is killed.
  @Test
  void endsTheProgramWhenTheSupervisorsEndOfThePipeIsGone() throws Exception {
    var program =
        new Job.Program(
            List.of("/bin/sh", "-c", "exec sleep 600"), Map.of("PATH", "/usr/bin:/bin"), directory);
    GuardedProcess process = GuardedProcess.start(program, pidFile(), Duration.ofSeconds(2));
    RunningProcess running = program();

    process.closePipe();

    eventually("it has ended", () -> !running.isAlive());
    process.stop();
  }

  /// `kill -9` of the shell, of which the program is a child.
  @Test
  void endsTheProgramWhenTheShellBesideItIsKilled() throws Exception {
    run("exec sleep 600");
    eventually("it runs", () -> state() == ComponentState.RUNNING);
    RunningProcess first = program();

    ProcessHandle.of(first.pid()).orElseThrow().parent().orElseThrow().destroyForcibly();

    eventually("it has ended", () -> !first.isAlive());
    eventually("another runs", () -> proven.get() == 2);
  }

  @Test
  void keepsABoundedLog() throws IOException {
    try (var log = new BoundedLog(directory, "job", 100, 2)) {
      for (int i = 0; i < 20; i++) {
        byte[] line = "0123456789012345678901234567890123456789\n".getBytes(StandardCharsets.UTF_8);
        log.write(line, line.length);
      }
    }
    assertThat(directory.resolve("job.log")).exists();
    assertThat(directory.resolve("job.1.log")).hasSize(82);
    assertThat(directory.resolve("job.2.log")).hasSize(82);
    assertThat(directory.resolve("job.3.log")).doesNotExist();
  }

  @Test
  void waitsTwiceAsLongAfterEachFailure() {
    var backoff = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(60));
    var waits = new ArrayList<Long>();
    for (int i = 0; i < 9; i++) {
      waits.add(backoff.failed().toSeconds());
    }
    assertThat(waits).containsExactly(1L, 2L, 4L, 8L, 16L, 32L, 60L, 60L, 60L);
    assertThat(backoff.isCrashLoop()).isTrue();
    backoff.reset();
    assertThat(backoff.isCrashLoop()).isFalse();
    assertThat(backoff.failed()).isEqualTo(Duration.ofSeconds(1));
  }
}
