package io.croft.store.etcd;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// How an [EtcdServer] serves.
///
/// @param tls null for plain HTTP/2
/// @param scratch directory where snapshots for clients are put together; each takes up to three
///   times what the store takes, for as long as the client reads it
public record EtcdConfig(EtcdAddress address, @Nullable EtcdTls tls, Path scratch) {
  /// For clients on this host only.
  ///
  /// @param port 0 for any free one
  public static EtcdConfig loopback(int port, @Nullable EtcdTls tls, Path scratch) {
    return new EtcdConfig(new EtcdAddress.Tcp("127.0.0.1", port, "127.0.0.1"), tls, scratch);
  }
}
