package io.croft.apiserver.controllers.garbage;

import io.croft.client.ApiClient;
import io.croft.client.Backoff;
import io.croft.client.ListOptions;
import io.croft.client.ObjectList;
import io.croft.client.Reflector;
import io.croft.client.Selection;
import io.croft.client.StopSignal;
import io.croft.model.ApiObject;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Tells the graph what happens to the objects of one kind. Of each object only the metadata is
/// read, page by page, and none is kept here.
final class Monitor implements Reflector.Target {
  private static final Backoff BACKOFF =
      new Backoff(Duration.ofMillis(100), Duration.ofSeconds(30), 0.5);
  private static final int PAGE = 500;

  private final CollectedKind kind;
  private final ApiClient metadata;
  private final OwnershipGraph graph;
  private final Consumer<List<String>> due;
  private final StopSignal stop = new StopSignal();
  private volatile boolean synced;
  private boolean stopped;

  /// @param metadata answers with metadata only
  /// @param due takes the uids of the objects that are to be looked at
  Monitor(
      CollectedKind kind, ApiClient metadata, OwnershipGraph graph, Consumer<List<String>> due) {
    this.kind = kind;
    this.metadata = metadata;
    this.graph = graph;
    this.due = due;
  }

  CollectedKind kind() {
    return kind;
  }

  void start() {
    var reflector = new Reflector(metadata, Selection.all(kind.resource()), BACKOFF, this, stop);
    Thread.ofVirtual().name("garbage-monitor-" + kind.resource().resource()).start(reflector::run);
  }

  /// Ends it; it tells the graph nothing more once this returns.
  void stop() {
    stop.stop();
    synchronized (this) {
      stopped = true;
    }
  }

  private synchronized List<String> unlessStopped(Supplier<List<String>> change) {
    return stopped ? List.of() : change.get();
  }

  /// Whether everything that existed when it was started has been told.
  boolean synced() {
    return synced;
  }

  @Override
  public String relist() {
    Set<String> uids = new HashSet<>();
    String version = "";
    String next = "";
    do {
      ObjectList page = metadata.list(kind.resource(), "", ListOptions.ALL.withPage(PAGE, next));
      version = page.resourceVersion();
      next = page.continueToken();
      for (ApiObject object : page.items()) {
        uids.add(object.uid());
        put(object);
      }
    } while (!next.isEmpty());
    due.accept(unlessStopped(() -> graph.retain(kind, uids)));
    synced = true;
    return version;
  }

  @Override
  public void put(ApiObject object) {
    var identity = new Identity(kind, object.namespace(), object.name());
    due.accept(unlessStopped(() -> graph.observe(identity, object)));
  }

  @Override
  public void remove(ApiObject object) {
    due.accept(unlessStopped(() -> graph.remove(object.uid())));
  }
}
