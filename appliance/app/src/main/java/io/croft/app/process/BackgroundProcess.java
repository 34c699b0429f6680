package io.croft.app.process;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// `croft` in a process that outlives this one: in a session of its own, so that neither a Ctrl-C
/// nor the end of the terminal reaches it.
///
/// Its standard error is a pipe to this process, which relays it. Once this process has ended, what
/// is written there is lost without harm; the log file has it all.
public final class BackgroundProcess implements AutoCloseable {
  /// The environment variable with a token, which must not outlive this process.
  public static final String TOKEN = "CROFT_TOKEN";

  private static final File NULL = new File("/dev/null");

  private final Process process;
  private final Thread relay;

  private BackgroundProcess(Process process, PrintStream err) {
    this.process = process;
    this.relay = Thread.ofVirtual().name("relay").start(() -> relay(process, err));
  }

  /// @param arguments of `croft`
  /// @param err where its standard error goes, line by line
  public static BackgroundProcess start(List<String> arguments, PrintStream err)
      throws IOException {
    var command = new ArrayList<String>();
    if (Files.isExecutable(Path.of("/usr/bin/setsid"))) {
      command.add("/usr/bin/setsid");
    }
    command.addAll(croft());
    command.addAll(arguments);
    var builder =
        new ProcessBuilder(command)
            .redirectInput(Redirect.from(NULL))
            .redirectOutput(Redirect.DISCARD);
    // What this process was given to join with is none of the business of one that lives on.
    builder.environment().remove(TOKEN);
    return new BackgroundProcess(builder.start(), err);
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  public long pid() {
    return process.pid();
  }

  /// Asks it to end (SIGTERM).
  void requestStop() {
    process.destroy();
  }

  /// Waits for the end of the process and of what it says.
  public int exitCode() throws InterruptedException {
    int code = process.waitFor();
    relay.join();
    return code;
  }

  /// Lets go of the process; it lives on.
  @Override
  public void close() {
    relay.interrupt();
  }

  /// The launcher script says where it is, so that the child runs with the same Java and options.
  private static List<String> croft() {
    String launcher = System.getProperty("croft.launcher", "");
    if (!launcher.isEmpty()) {
      return List.of(launcher);
    }
    String java = System.getProperty("java.home", "");
    if (java.isEmpty()) { // a native image, which is croft itself
      return List.of(ProcessHandle.current().info().command().orElseThrow());
    }
    return List.of(
        Path.of(java, "bin", "java").toString(),
        "--class-path",
        System.getProperty("java.class.path"),
        "io.croft.app.Main");
  }

  private static void relay(Process process, PrintStream err) {
    try (BufferedReader lines = process.errorReader()) {
      lines.lines().forEach(err::println);
    } catch (IOException | UncheckedIOException e) {
      // The pipe is closed; nothing more is said.
    }
  }
}
