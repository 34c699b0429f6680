package io.croft.app.runtime;

import io.croft.base.AtomicFiles;
import io.croft.base.HostPort;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/// Where a running appliance serves, as commands on the same machine reach it.
///
/// @param url `https://HOST:PORT`
public record Endpoint(String url) {
  /// @param bound the address that is listened at; for all addresses, the loopback one is taken
  public static Endpoint of(HostPort bound) {
    String host = isEveryAddress(bound.host()) ? "127.0.0.1" : bound.host();
    return new Endpoint("https://" + new HostPort(host, bound.port()));
  }

  /// Java listens for IPv4 at `::`, too, and calls it `0:0:0:0:0:0:0:0`.
  private static boolean isEveryAddress(String host) {
    try {
      return InetAddress.ofLiteral(host).isAnyLocalAddress();
    } catch (IllegalArgumentException e) {
      return false; // a name
    }
  }

  /// The endpoint of the appliance that serves from a data directory; empty until it is ready.
  public static Optional<Endpoint> read(Path dataDir) throws IOException {
    try {
      return Optional.of(new Endpoint(Files.readString(file(dataDir)).strip()));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  void publish(Path dataDir) throws IOException {
    AtomicFiles.write(file(dataDir), url + "\n", AtomicFiles.SECRET);
  }

  /// Takes away what an appliance that was killed could not.
  public static void forget(Path dataDir) throws IOException {
    Files.deleteIfExists(file(dataDir));
  }

  private static Path file(Path dataDir) {
    return dataDir.resolve("run").resolve("endpoint");
  }
}
