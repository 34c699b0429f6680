package io.croft.store.etcd;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// How an [EtcdServer] listens.
///
/// @param host the address to listen on: a name or an IP address
/// @param port 0 for any free one
/// @param advertisedHost the name under which clients reach it; given out as the member's client
///   URL
/// @param tls null for plain HTTP/2
/// @param scratch directory where snapshots for clients are put together; each takes up to three
///   times what the store takes, for as long as the client reads it
public record EtcdConfig(
    String host, int port, String advertisedHost, @Nullable EtcdTls tls, Path scratch) {
  /// @throws IllegalArgumentException naming the value out of range
  public EtcdConfig {
    if (host.isBlank() || advertisedHost.isBlank()) {
      throw new IllegalArgumentException("host and advertisedHost must not be empty");
    }
    if (port < 0 || port > 65535) {
      throw new IllegalArgumentException("port is " + port + ", allowed is 0 to 65535");
    }
  }

  /// For clients on this host only.
  public static EtcdConfig loopback(int port, @Nullable EtcdTls tls, Path scratch) {
    return new EtcdConfig("127.0.0.1", port, "127.0.0.1", tls, scratch);
  }
}
