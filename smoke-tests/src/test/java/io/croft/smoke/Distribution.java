package io.croft.smoke;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/// Where the programs under test and their peers are.
final class Distribution {
  private Distribution() {}

  /// What is installed: the bundle that the native binary is in, else the distribution.
  static Path home() {
    Path bundle = program().resolveSibling("..").normalize();
    return Files.exists(bundle.resolve("install.sh")) ? bundle : distribution();
  }

  /// The one with Java.
  private static Path distribution() {
    return Path.of(System.getProperty("croft.home", "")).toAbsolutePath().normalize();
  }

  /// What is run as `croft`: the native binary that `croft.binary` names, else the distribution's
  /// command.
  static Path program() {
    return isNative()
        ? Path.of(binary()).toAbsolutePath().normalize()
        : distribution().resolve("bin/croft");
  }

  static boolean isNative() {
    return !binary().isEmpty();
  }

  private static String binary() {
    return System.getProperty("croft.binary", "");
  }

  /// The command line. A program that is not there is a failure, never a reason to skip.
  static Command croft(String... arguments) {
    Path program = program();
    if (!Files.isExecutable(program)) {
      throw new AssertionError("no program at " + program + "; build it first: mvn package");
    }
    List<String> line = new ArrayList<>();
    line.add(program.toString());
    line.addAll(List.of(arguments));
    return new Command(List.copyOf(line), Map.of(), "");
  }

  /// A program that peers.sh brings, else the one on this machine's PATH; the test skips without
  /// it.
  static String peer(String name) {
    Optional<String> found = findPeer(name);
    Assumptions.assumeTrue(
        found.isPresent(), name + " is neither here nor was it to be had, see build/peers.sh");
    return found.orElseThrow();
  }

  /// As [#peer], for those who can do without.
  static Optional<String> findPeer(String name) {
    List<Path> directories = new ArrayList<>();
    directories.add(Path.of(System.getProperty("croft.peers", "")));
    for (String directory : System.getenv().getOrDefault("PATH", "/usr/bin").split(":")) {
      directories.add(Path.of(directory));
    }
    for (Path directory : directories) {
      Path candidate = directory.resolve(name);
      if (Files.isExecutable(candidate)) {
        return Optional.of(candidate.toString());
      }
    }
    return Optional.empty();
  }

  /// A port that was free a moment ago.
  static int freePort() {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
