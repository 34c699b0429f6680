package io.croft.smoke;

import static io.croft.smoke.Eventually.eventually;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// A `croft up` in a process of its own, on a free port and in a directory that goes away with it.
/// As an extension of a test class it lives as long as the class, and its log is printed when a
/// test fails.
final class Appliance
    implements BeforeAllCallback, AfterAllCallback, AfterTestExecutionCallback, AutoCloseable {
  private static final int LOG_TAIL_BYTES = 20_000;

  private final Path directory;
  private final int port;
  private @Nullable Process process;
  private @Nullable Identity identity;

  Appliance() {
    try {
      directory = Files.createTempDirectory("croft-smoke");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    port = Distribution.freePort();
  }

  /// Where it keeps its state.
  Path dataDirectory() {
    return directory.resolve("data");
  }

  /// A place beside its state for whatever a test wants to keep until the end.
  Path directory() {
    return directory;
  }

  Path kubeconfig() {
    return directory.resolve("kubeconfig");
  }

  int port() {
    return port;
  }

  String server() {
    return "https://127.0.0.1:" + port;
  }

  /// A command of the command line on this appliance's data directory.
  Command croft(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.add("--data-dir");
    all.add(dataDirectory().toString());
    return Distribution.croft(all.toArray(String[]::new));
  }

  /// As [#start], but returns before it is ready.
  void launch() {
    process =
        croft("up", "--listen", "127.0.0.1:" + port)
            .start(directory.resolve("out.log"), directory.resolve("err.log"));
  }

  /// Starts it and waits until it says that it is ready.
  void start() throws Exception {
    launch();
    awaitReady();
  }

  void awaitReady() throws Exception {
    eventually("the port is open", () -> running() && accepts());
    try (Api api = api()) {
      eventually("readyz", () -> running() && ready(api));
    }
  }

  static boolean ready(Api api) throws InterruptedException {
    try {
      return api.get("/readyz").status() == 200;
    } catch (IOException e) {
      return false; // not yet, or just killed
    }
  }

  private boolean running() {
    if (!process().isAlive()) {
      throw new AssertionError("croft up ended with " + process().exitValue() + "\n" + log());
    }
    return true;
  }

  /// Whether anyone listens at its port.
  boolean accepts() {
    try (var _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  Process process() {
    if (process == null) {
      throw new IllegalStateException("not started");
    }
    return process;
  }

  /// The administrator.
  Identity identity() throws IOException, GeneralSecurityException {
    if (identity == null) {
      Files.writeString(
          kubeconfig(), croft("kubeconfig", "--server", server()).run().succeeded().out());
      identity = Identity.of(kubeconfig());
    }
    return identity;
  }

  /// A new connection as the administrator.
  Api api() throws IOException, GeneralSecurityException {
    return new Api(server(), identity());
  }

  /// Ends it as a power cut would.
  void kill() {
    process().destroyForcibly().onExit().join();
  }

  /// Ends it with SIGTERM.
  ///
  /// @return its exit code
  int terminate() throws InterruptedException {
    process().destroy();
    if (!process().waitFor(60, TimeUnit.SECONDS)) {
      throw new AssertionError("does not end on SIGTERM\n" + log());
    }
    return process().exitValue();
  }

  /// The end of everything it has said.
  String log() {
    var text = new StringBuilder();
    for (String name : List.of("out.log", "err.log", "data/logs/croft.log")) {
      Path file = directory.resolve(name);
      if (Files.isReadable(file)) {
        text.append("---- ").append(name).append('\n').append(tail(file));
      }
    }
    return text.toString();
  }

  private static String tail(Path file) {
    try {
      byte[] all = Files.readAllBytes(file);
      int from = Math.max(0, all.length - LOG_TAIL_BYTES);
      return new String(all, from, all.length - from, StandardCharsets.UTF_8);
    } catch (IOException e) {
      return e + "\n";
    }
  }

  @Override
  public void close() throws IOException {
    if (process != null) {
      kill();
    }
    deleteAll(directory);
  }

  static void deleteAll(Path directory) throws IOException {
    List<Path> all;
    try (Stream<Path> found = Files.walk(directory)) {
      all = found.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      Files.deleteIfExists(path);
    }
  }

  @Override
  public void beforeAll(ExtensionContext context) throws Exception {
    try {
      start();
    } catch (Exception | AssertionError e) {
      System.err.println(log());
      throw e;
    }
  }

  @Override
  public void afterTestExecution(ExtensionContext context) {
    if (context.getExecutionException().isPresent()) {
      System.err.println(context.getDisplayName() + " failed; the appliance says:\n" + log());
    }
  }

  @Override
  public void afterAll(ExtensionContext context) throws IOException {
    close();
  }
}
