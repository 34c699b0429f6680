package io.croft.app.runtime;

import io.croft.base.Component;
import io.croft.store.Store;
import io.croft.store.etcd.EtcdAddress;
import io.croft.store.etcd.EtcdConfig;
import io.croft.store.etcd.EtcdServer;
import java.io.IOException;
import java.nio.file.Path;

/// The store's etcd endpoint for an engine: a socket in the file system that nobody but the
/// appliance's own user may open.
final class EtcdEndpoint implements Component {
  private final Path socket;
  private final EtcdServer server;

  /// @param run the directory for what is true only while the process runs
  /// @throws IOException when the path is longer than that of a socket may be
  EtcdEndpoint(Store store, Path run) throws IOException {
    this.socket = run.resolve("etcd.sock");
    try {
      this.server = new EtcdServer(store, new EtcdConfig(new EtcdAddress.Unix(socket), null, run));
    } catch (IllegalArgumentException e) {
      throw new IOException(
          "the engine k3s needs a data directory with a shorter path: " + e.getMessage(), e);
    }
  }

  /// For k3s' `--datastore-endpoint`.
  String url() {
    return "unix://" + socket;
  }

  @Override
  public String name() {
    return "etcd";
  }

  @Override
  public void start() throws IOException {
    server.start();
  }

  @Override
  public void stop() {
    server.close();
  }
}
