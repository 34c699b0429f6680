package io.croft.app.doctor;

import static java.nio.file.StandardOpenOption.DELETE_ON_CLOSE;
import static java.nio.file.StandardOpenOption.WRITE;

import io.croft.app.config.Configuration;
import io.croft.base.HostPort;
import io.croft.base.RunningProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// This machine, as the checks see it. What the kernel and the system tell in files is read below a
/// root, which a test may choose; the rest are methods that a test may replace.
public class Host {
  /// Files of the kernel say no length; none that is read here is longer.
  private static final int MAX_FILE_BYTES = 4 << 20;

  private static final int SYNCS = 64;
  private static final int CONNECT_MILLIS = 5_000;

  private final Path root;
  private final Configuration configuration;
  private final InstantSource clock;

  /// @param root `/`, or what stands for it
  public Host(Path root, Configuration configuration, InstantSource clock) {
    this.root = root;
    this.configuration = configuration;
    this.clock = clock;
  }

  Configuration configuration() {
    return configuration;
  }

  Path dataDir() {
    return configuration.dataDir();
  }

  InstantSource clock() {
    return clock;
  }

  /// A file or directory of the system.
  ///
  /// @param path without the leading slash
  Path path(String path) {
    return root.resolve(path);
  }

  boolean exists(String path) {
    return Files.exists(path(path));
  }

  /// The text of a file; empty when it is not there or not to be read.
  Optional<String> text(String path) {
    try (var in = Files.newInputStream(path(path))) {
      return Optional.of(new String(in.readNBytes(MAX_FILE_BYTES), StandardCharsets.UTF_8).strip());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /// The lines of a file; none when it is not there.
  List<String> lines(String path) {
    return text(path)
        .filter(text -> !text.isEmpty())
        .map(t -> t.lines().toList())
        .orElse(List.of());
  }

  /// The names in a directory, in order; none when it is not there.
  List<String> names(String directory) {
    try (Stream<Path> entries = Files.list(path(directory))) {
      return entries.map(entry -> String.valueOf(entry.getFileName())).sorted().toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  /// Where the symbolic links in a directory lead.
  Stream<String> links(String directory) {
    return names(directory).stream()
        .flatMap(name -> {
          try {
            return Stream.of(Files.readSymbolicLink(path(directory).resolve(name)).toString());
          } catch (IOException e) {
            return Stream.of();
          }
        });
  }

  /// Whether a process of that name runs.
  boolean runs(String command) {
    return names("proc").stream()
        .filter(name -> name.chars().allMatch(Character::isDigit))
        .anyMatch(pid -> text("proc/" + pid + "/comm").filter(command::equals).isPresent());
  }

  Optional<RunningProcess> appliance() throws IOException {
    return RunningProcess.of(dataDir());
  }

  /// The data directory, or what of the way to it exists.
  Path existingDataDir() {
    Path path = dataDir();
    for (Path parent = path; parent != null; parent = parent.getParent()) {
      if (Files.isDirectory(parent)) {
        return parent;
      }
    }
    return path;
  }

  /// The room on the disk of the data directory.
  Room room() throws IOException {
    FileStore store = Files.getFileStore(existingDataDir());
    return new Room(store.getUsableSpace(), store.getTotalSpace());
  }

  /// @param usableBytes for this user
  record Room(long usableBytes, long totalBytes) {}

  /// How long it takes to write 4 KiB through to the disk of the data directory: the slowest of a
  /// few tries, which stands for the 99th percentile, in milliseconds.
  double slowestSyncMillis() throws IOException {
    Path file = Files.createTempFile(existingDataDir(), ".croft-doctor-", ".tmp");
    var nanos = new long[SYNCS];
    try (var channel = FileChannel.open(file, WRITE, DELETE_ON_CLOSE)) {
      for (int i = 0; i < SYNCS; i++) {
        long begunNanos = System.nanoTime();
        channel.write(ByteBuffer.allocate(4096));
        channel.force(false);
        nanos[i] = System.nanoTime() - begunNanos;
      }
    }
    Arrays.sort(nanos);
    return nanos[SYNCS - 2] / 1e6; // but one, as a single slow one says nothing
  }

  InetAddress resolve(String name) throws IOException {
    return InetAddress.getByName(name);
  }

  /// The variables of this process.
  Map<String, String> environment() {
    return System.getenv();
  }

  /// Connects for a moment.
  ///
  /// @throws IOException when nobody answers
  void connect(HostPort to) throws IOException {
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(to.host(), to.port()), CONNECT_MILLIS);
    }
  }

  /// Whether a port of the loopback address is in use.
  boolean isTaken(int port) {
    try {
      tryToListen(new HostPort("127.0.0.1", port));
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  /// Listens for a moment.
  ///
  /// @throws IOException when that cannot be done
  void tryToListen(HostPort at) throws IOException {
    try (var socket = new ServerSocket()) {
      socket.setReuseAddress(true); // or the ends of former connections count as in use
      socket.bind(new InetSocketAddress(at.host(), at.port()));
    }
  }
}
