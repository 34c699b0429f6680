package io.croft.fleet.agent.component;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.fleet.TestSite;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScriptRunnerTest {
  private static final Duration LONG = Duration.ofMinutes(1);
  private static final Map<String, String> ENVIRONMENT = Map.of("PATH", "/usr/bin:/bin", "A", "b");

  @TempDir private Path directory;
  private ScriptRunner runner;

  @BeforeEach
  void open() {
    runner = new ScriptRunner(directory.resolve("script"));
  }

  private ScriptRunner.Outcome run(String text, Duration timeout) throws Exception {
    Path script = Files.writeString(directory.resolve("text"), text);
    script.toFile().setExecutable(true);
    return runner.run(script, directory, ENVIRONMENT, timeout);
  }

  private static boolean runs(Path pid) throws IOException {
    String text = Files.exists(pid) ? Files.readString(pid).strip() : "";
    return !text.isEmpty()
        && ProcessHandle.of(Long.parseLong(text)).filter(ProcessHandle::isAlive).isPresent()
        && !state(text).equals("Z");
  }

  private static String state(String pid) throws IOException {
    String stat = Files.readString(Path.of("/proc", pid, "stat"));
    return stat.substring(stat.lastIndexOf(')') + 2).split(" ")[0];
  }

  private static Optional<Path> leftover(Path runner) {
    return Optional.of(runner.resolve("started")).filter(Files::exists);
  }

  @Test
  void aScriptHasItsEnvironmentAndNothingElse() throws Exception {
    var outcome =
        run("env | cut -d= -f1 | grep -v '^[_S]' | sort | tr '\\n' ' '; pwd >&2; exit 3", LONG);
    assertThat(outcome.exit()).isEqualTo(3);
    assertThat(outcome.succeeded()).isFalse();
    assertThat(outcome.output()).contains("A PATH PWD").contains(directory.toString());
    assertThat(outcome.output()).doesNotContain("HOME", "USER", "JAVA");
    assertThat(outcome.summary("install", LONG))
        .isEqualTo("install ended with 3: A PATH PWD " + directory);
    assertThat(run("#!/bin/sh -e\nfalse\ntrue", LONG).exit()).isEqualTo(1);
  }

  @Test
  void onlyTheEndOfALongOutputIsKeptAndNothingThatMovesACursor() throws Exception {
    var outcome = run("yes | head -c 3000000; printf '\\033[2J the end'", LONG);
    assertThat(outcome.succeeded()).isTrue();
    assertThat(outcome.output()).endsWith("[2J the end").doesNotContain("\u001b");
    assertThat(outcome.output().length()).isLessThanOrEqualTo(OutputTail.MAX_BYTES);
  }

  @Test
  void whatTakesTooLongEndsWithAllThatItStarted() throws Exception {
    Path child = directory.resolve("child");
    var outcome =
        run("trap '' TERM; sleep 300 & echo $! > child; wait; sleep 300", Duration.ofSeconds(1));
    assertThat(outcome.timedOut()).isTrue();
    assertThat(outcome.summary("install", Duration.ofSeconds(1)))
        .startsWith("install was ended after 1 s");
    assertThat(runs(child)).isFalse();
  }

  @Test
  void whatASuccessfulScriptLeavesRunningGoesOn() throws Exception {
    Path child = directory.resolve("child");
    assertThat(run("sleep 300 & echo $! > child", LONG).succeeded()).isTrue();
    assertThat(runs(child)).isTrue();
    runner.recover();
    assertThat(runs(child)).isTrue();
    ProcessHandle.of(Long.parseLong(Files.readString(child).strip()))
        .ifPresent(ProcessHandle::destroyForcibly);
  }

  /// The agent is killed while its script runs: nobody waits for that any more.
  @Test
  void theNextAgentEndsWhatTheOneBeforeHasLeft() throws Exception {
    Path child = directory.resolve("child");
    Path held = directory.resolve("script");
    Thread killed =
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              try {
                run("sleep 300 & echo $! > child; sleep 300; touch late", LONG);
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            });
    TestSite.eventually("it runs", () -> runs(child) && leftover(held).isPresent());
    var next = new ScriptRunner(held);
    next.recover();
    assertThat(runs(child)).isFalse();
    assertThat(directory.resolve("late")).doesNotExist();
    killed.join(Duration.ofSeconds(20));
  }

  @Test
  void whatHasNotBegunWhenTheNextAgentComesNeverBegins() throws Exception {
    Path held = directory.resolve("script");
    runner.recover();
    Files.createFile(held.resolve("pending"));
    new ScriptRunner(held).recover();
    assertThat(held.resolve("pending")).doesNotExist();
  }

  @Test
  void aProcessThatHasTheNumberOfAnEndedOneIsLeftAlone() throws Exception {
    Path held = directory.resolve("script");
    runner.recover();
    Process other = new ProcessBuilder("setsid", "sleep", "300").start();
    try {
      String bootId = Files.readString(Path.of("/proc/sys/kernel/random/boot_id"));
      String stat = Files.readString(Path.of("/proc", Long.toString(other.pid()), "stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      fields[19] = "1";
      Files.writeString(
          held.resolve("process"),
          other.pid() + " (sh) " + String.join(" ", fields).strip() + "\n" + bootId);
      Files.createFile(held.resolve("started"));
      runner.recover();
      assertThat(other.isAlive()).isTrue();
    } finally {
      other.destroyForcibly();
    }
  }

  @Test
  void anInterruptionEndsTheScript() throws Exception {
    Path child = directory.resolve("child");
    Thread running =
        Thread.ofVirtual()
            .start(() ->
                assertThatThrownBy(() -> run("echo $$ > child; sleep 300", LONG))
                    .isInstanceOf(InterruptedException.class));
    TestSite.eventually("it runs", () -> runs(child));
    running.interrupt();
    assertThat(running.join(Duration.ofSeconds(20))).isTrue();
    assertThat(runs(child)).isFalse();
  }
}
