package io.croft.store.etcd;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/// Programs of others to compare with, in the directory that the system property `croft.peers`
/// names. `build/peers.sh` brings them, as a step of the build.
final class Peers {
  private Peers() {}

  /// Skips the test when the program is absent.
  static Path find(String program) {
    String directory = System.getProperty("croft.peers", "../../target/peers/bin");
    Path path = Path.of(directory, program).toAbsolutePath().normalize();
    assumeTrue(
        Files.isExecutable(path), () -> path + " is absent, and build/peers.sh could not get it");
    return path;
  }
}
