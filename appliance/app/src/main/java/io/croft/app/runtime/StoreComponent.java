package io.croft.app.runtime;

import io.croft.base.Component;
import io.croft.store.Leases;
import io.croft.store.RangeRequest;
import io.croft.store.RangeResult;
import io.croft.store.ReadView;
import io.croft.store.Store;
import io.croft.store.StoreException;
import io.croft.store.Txn;
import io.croft.store.TxnResult;
import io.croft.store.WatchStream;
import io.croft.store.embedded.EmbeddedStore;
import io.croft.store.embedded.StoreConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The embedded store as a component: there from its start to its stop, `Closed` otherwise. Those
/// who use it are wired before it is opened.
final class StoreComponent implements Component, Store, Leases {
  private final Path directory;
  private final StoreConfig config;
  private volatile @Nullable EmbeddedStore opened;

  StoreComponent(Path directory, StoreConfig config) {
    this.directory = directory;
    this.config = config;
  }

  @Override
  public String name() {
    return "store";
  }

  @Override
  public void start() {
    opened = EmbeddedStore.open(directory, config);
  }

  @Override
  public void stop() {
    close();
  }

  @Override
  public void close() {
    EmbeddedStore store = opened;
    if (store != null) {
      store.close();
    }
  }

  @Override
  public long revision() {
    return store().revision();
  }

  @Override
  public long sizeBytes() {
    return store().sizeBytes();
  }

  @Override
  public long compactedRevision() {
    return store().compactedRevision();
  }

  @Override
  public TxnResult txn(Txn txn) {
    return store().txn(txn);
  }

  @Override
  public RangeResult range(RangeRequest request) {
    return store().range(request);
  }

  @Override
  public <T> T read(Function<ReadView, T> reader) {
    return store().read(reader);
  }

  @Override
  public WatchStream watchStream() {
    return store().watchStream();
  }

  @Override
  public void compact(long revision) {
    store().compact(revision);
  }

  @Override
  public Leases leases() {
    return this;
  }

  @Override
  public Lease grant(long id, long ttlSeconds) {
    return store().leases().grant(id, ttlSeconds);
  }

  @Override
  public long revoke(long id) {
    return store().leases().revoke(id);
  }

  @Override
  public Lease keepAlive(long id) {
    return store().leases().keepAlive(id);
  }

  @Override
  public Lease timeToLive(long id) {
    return store().leases().timeToLive(id);
  }

  @Override
  public List<Lease> list() {
    return store().leases().list();
  }

  /// @throws StoreException.Closed before the start
  EmbeddedStore store() {
    EmbeddedStore store = opened;
    if (store == null) {
      throw new StoreException.Closed("the store has not been opened");
    }
    return store;
  }
}
