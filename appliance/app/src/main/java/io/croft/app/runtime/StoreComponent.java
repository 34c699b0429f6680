package io.croft.app.runtime;

import io.croft.base.Component;
import io.croft.metrics.Metrics;
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
import io.croft.store.embedded.StoreStatus;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
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

  /// Has the store's figures measured.
  void describe(Metrics metrics) {
    measure(metrics, "revision", "The newest revision.", StoreStatus::revision);
    measure(
        metrics, "compacted_revision", "The oldest revision kept.", StoreStatus::compactedRevision);
    measure(metrics, "keys", "Keys that are there now.", StoreStatus::keys);
    measure(metrics, "history_changes", "Changes of keys that are kept.", StoreStatus::changes);
    measure(metrics, "state_bytes", "Size of the state's file.", StoreStatus::stateBytes);
    measure(metrics, "state_used_bytes", "What of that is in use.", StoreStatus::stateBytesInUse);
    measure(metrics, "log_bytes", "Size of the log's files.", StoreStatus::logBytes);
    measure(metrics, "full", "1 when puts are refused for lack of space.", s -> s.isFull() ? 1 : 0);
  }

  private void measure(
      Metrics metrics, String name, String help, ToDoubleFunction<StoreStatus> figure) {
    metrics.value("croft_store_" + name, help, () -> figure.applyAsDouble(store().status()));
  }

  @Override
  public String name() {
    return "store";
  }

  @Override
  public void start() {
    opened = EmbeddedStore.open(directory, config);
  }

  /// Completes, with the cause, when the store has failed and the process must be started again.
  CompletableFuture<Throwable> failed() {
    return store().failed();
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
  public long usedBytes() {
    return store().usedBytes();
  }

  @Override
  public boolean isFull() {
    return store().isFull();
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
