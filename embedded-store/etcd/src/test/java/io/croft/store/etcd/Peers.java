package io.croft.store.etcd;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/// Programs of others to compare with. `smoke-tests/peers.sh` brings them; the system property
/// `croft.peers` or the environment variable `CROFT_PEERS` names their directory when it is
/// another.
final class Peers {
  private Peers() {}

  /// Skips the test when the program is absent.
  static Path find(String program) {
    String variable =
        System.getenv().getOrDefault("CROFT_PEERS", "../../smoke-tests/target/peers/bin");
    Path path = Path.of(System.getProperty("croft.peers", variable), program).toAbsolutePath();
    assumeTrue(Files.isExecutable(path), () -> path + " is absent: run smoke-tests/peers.sh");
    return path;
  }
}
