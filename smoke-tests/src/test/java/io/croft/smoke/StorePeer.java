package io.croft.smoke;

import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A server of etcd's API in a process of its own, on a free port and in a directory that goes away
/// with it.
final class StorePeer implements AutoCloseable {
  /// Which server.
  enum Kind {
    CROFT,
    ETCD,
    KINE;

    /// Whether it is on this machine.
    boolean present() {
      return switch (this) {
        case CROFT -> true;
        case ETCD -> Files.isExecutable(etcd());
        case KINE -> System.getenv("KINE") != null;
      };
    }

    private static Path etcd() {
      return Path.of(System.getProperty("croft.peers", ""), "etcd");
    }

    private List<String> command(Path directory, int port, int secondPort) {
      String address = "127.0.0.1:" + port;
      return switch (this) {
        case CROFT ->
            List.of(
                Distribution.program().toString(),
                "store",
                "serve",
                "--insecure",
                "--listen",
                address,
                "--data-dir",
                directory.resolve("data").toString());
        case ETCD ->
            List.of(
                etcd().toString(),
                "--data-dir=" + directory.resolve("data"),
                "--listen-client-urls=http://" + address,
                "--advertise-client-urls=http://" + address,
                "--listen-peer-urls=http://127.0.0.1:" + secondPort,
                "--initial-advertise-peer-urls=http://127.0.0.1:" + secondPort,
                "--initial-cluster=default=http://127.0.0.1:" + secondPort,
                "--quota-backend-bytes=8589934592",
                "--log-level=error");
        case KINE ->
            List.of(
                String.valueOf(System.getenv("KINE")),
                "--listen-address=tcp://" + address,
                "--metrics-bind-address=0",
                "--endpoint=sqlite://"
                    + directory.resolve("state.db")
                    + "?_journal=WAL&cache=shared&_busy_timeout=30000&_txlock=immediate&_sync=FULL");
      };
    }
  }

  private final Kind kind;
  private final Path directory;
  private final int port = Distribution.freePort();
  private final int secondPort = Distribution.freePort();
  private @Nullable Process process;

  StorePeer(Kind kind) throws IOException {
    this.kind = kind;
    this.directory = Files.createTempDirectory("store-" + kind);
  }

  /// Starts the process, and returns at once.
  void launch() throws IOException {
    process =
        new ProcessBuilder(kind.command(directory, port, secondPort))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.resolve("out.log").toFile()))
            .start();
  }

  Process process() {
    if (process == null) {
      throw new IllegalStateException("not launched");
    }
    return process;
  }

  void kill() {
    process().destroyForcibly().onExit().join();
  }

  private void stop(Process running) {
    running.destroy();
    running
        .onExit()
        .orTimeout(60, TimeUnit.SECONDS)
        .exceptionally(_ -> running.destroyForcibly())
        .join();
  }

  /// What it has said.
  String log() throws IOException {
    return Files.readString(directory.resolve("out.log"));
  }

  String url() {
    return "http://127.0.0.1:" + port;
  }

  Path dataDirectory() {
    return directory.resolve("data");
  }

  /// A connection, whether or not it runs yet.
  ManagedChannel channel() {
    return NettyChannelBuilder.forAddress("127.0.0.1", port)
        .usePlaintext()
        .maxInboundMessageSize(Integer.MAX_VALUE)
        .build();
  }

  /// Resident memory in bytes.
  long residentBytes() throws IOException {
    return number(Path.of("/proc", Long.toString(process().pid()), "status"), "VmRSS:") * 1024;
  }

  /// What the process has had written to disks so far, in bytes.
  long writtenBytes() throws IOException {
    return number(Path.of("/proc", Long.toString(process().pid()), "io"), "write_bytes:");
  }

  private static long number(Path file, String name) throws IOException {
    try (Stream<String> lines = Files.lines(file)) {
      return lines
          .filter(line -> line.startsWith(name))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElseThrow();
    }
  }

  @Override
  public void close() throws IOException {
    if (process != null) {
      stop(process);
    }
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
