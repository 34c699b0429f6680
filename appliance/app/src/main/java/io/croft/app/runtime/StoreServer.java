package io.croft.app.runtime;

import io.croft.base.AtomicFiles;
import io.croft.base.DataDirectory;
import io.croft.base.DataDirectoryException;
import io.croft.store.embedded.EmbeddedStore;
import io.croft.store.etcd.EtcdConfig;
import io.croft.store.etcd.EtcdServer;
import java.io.IOException;
import java.nio.file.Path;

/// The store of a data directory alone, as an etcd v3 endpoint.
public final class StoreServer implements AutoCloseable {
  private final DataDirectory dataDirectory;
  private final EmbeddedStore store;
  private final EtcdServer server;

  private StoreServer(DataDirectory dataDirectory, EmbeddedStore store, EtcdServer server) {
    this.dataDirectory = dataDirectory;
    this.store = store;
    this.server = server;
  }

  /// Takes the data directory, opens its store and serves it.
  ///
  /// @throws DataDirectoryException when the data directory cannot be used
  /// @throws IOException when the address cannot be listened at
  public static StoreServer start(Path dataDir, EtcdConfig config)
      throws DataDirectoryException, IOException {
    DataDirectory dataDirectory = DataDirectory.open(dataDir);
    try {
      ApplianceLog.writeTo(dataDirectory.logs());
      AtomicFiles.ensurePrivateDirectory(dataDirectory.run());
      EmbeddedStore store = EmbeddedStore.open(dataDirectory.store(), Stores.CONFIG);
      try {
        var server = new EtcdServer(store, config);
        server.start();
        return new StoreServer(dataDirectory, store, server);
      } catch (IOException | RuntimeException e) {
        store.close();
        throw e;
      }
    } catch (IOException | RuntimeException e) {
      dataDirectory.close();
      throw e;
    }
  }

  /// Where clients reach it, as `SCHEME://HOST:PORT`.
  public String url() {
    return server.url();
  }

  public long revision() {
    return store.revision();
  }

  /// Legal on any thread, twice.
  @Override
  public void close() throws IOException {
    server.close();
    store.close();
    dataDirectory.close();
  }
}
