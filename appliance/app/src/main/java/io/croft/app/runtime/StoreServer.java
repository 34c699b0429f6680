package io.croft.app.runtime;

import io.croft.base.AtomicFiles;
import io.croft.base.DataDirectory;
import io.croft.base.DataDirectoryException;
import io.croft.store.embedded.EmbeddedStore;
import io.croft.store.etcd.EtcdConfig;
import io.croft.store.etcd.EtcdServer;
import io.croft.store.etcd.EtcdTls;
import io.croft.store.etcd.TlsReload;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// The store of a data directory alone, as an etcd v3 endpoint.
public final class StoreServer implements AutoCloseable {
  private static final Duration TLS_RELOAD = Duration.ofSeconds(5);

  private final DataDirectory dataDirectory;
  private final EmbeddedStore store;
  private final EtcdServer server;
  private final @Nullable TlsReload reload;

  private StoreServer(
      DataDirectory dataDirectory,
      EmbeddedStore store,
      EtcdServer server,
      @Nullable TlsReload reload) {
    this.dataDirectory = dataDirectory;
    this.store = store;
    this.server = server;
    this.reload = reload;
  }

  /// Takes the data directory, opens its store and serves it.
  ///
  /// @param tlsFiles where the configured TLS came from, to look for newer; unused without TLS
  /// @throws DataDirectoryException when the data directory cannot be used
  /// @throws IOException when the address cannot be listened at
  public static StoreServer start(Path dataDir, EtcdConfig config, TlsReload.Source tlsFiles)
      throws DataDirectoryException, IOException {
    DataDirectory dataDirectory = DataDirectory.open(dataDir);
    try {
      ApplianceLog.writeTo(dataDirectory.logs());
      AtomicFiles.ensurePrivateDirectory(dataDirectory.run());
      EmbeddedStore store = EmbeddedStore.open(dataDirectory.store(), Stores.CONFIG);
      try {
        var server = new EtcdServer(store, config);
        server.start();
        EtcdTls tls = config.tls();
        TlsReload reload = tls == null ? null : new TlsReload(server, tlsFiles, tls, TLS_RELOAD);
        if (reload != null) {
          reload.start();
        }
        return new StoreServer(dataDirectory, store, server, reload);
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

  /// Completes, with the cause, when the store has failed and this must be started again.
  public CompletableFuture<Throwable> failed() {
    return store.failed();
  }

  /// Legal on any thread, twice.
  @Override
  public void close() throws IOException {
    if (reload != null) {
      reload.close();
    }
    try (dataDirectory;
        store) {
      server.close();
    }
  }
}
