package io.croft.apiserver.controllers.garbage;

import io.croft.apiserver.resource.ResourceCatalog;
import io.croft.base.Component;
import io.croft.client.ApiClient;
import io.croft.client.Backoff;
import io.croft.client.Delays;
import io.croft.client.EventRecorder;
import io.croft.client.WorkQueue;
import io.croft.model.StatusException;
import io.croft.model.StatusReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// Deletes what has lost its owners, and sees to the dependents of what is deleted in the
/// foreground or to be orphaned; all kinds, also those that are defined while it runs. What it
/// knows it learns anew after a start: objects themselves say what is to be done.
public final class GarbageCollector implements Component {
  private static final Logger LOG = LoggerFactory.getLogger(GarbageCollector.class);
  private static final int WORKERS = 20;
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration UNTIL_SYNCED = Duration.ofMillis(100);

  /// A kind whose objects cannot be listed must not keep the garbage of all others.
  private static final Duration SYNC_TIMEOUT = Duration.ofSeconds(20);

  private static final int MANY_UNRESOLVED = 10_000;

  private final ResourceCatalog catalog;
  private final ApiClient metadata;
  private final OwnershipGraph graph = new OwnershipGraph();
  private final OwnerKinds kinds = new OwnerKinds();
  private final WorkQueue<String> queue =
      new WorkQueue<>(
          Delays.system(), new Backoff(Duration.ofMillis(5), Duration.ofMinutes(1), 0.5));
  private final Collector collector;
  private final Map<String, Monitor> monitors = new HashMap<>();
  private final List<Thread> workers = new ArrayList<>();

  /// Objects with an owner of a kind that is not served.
  private final Set<String> unresolved = new HashSet<>();

  private volatile boolean running;
  private volatile long startedNanos;

  /// @param client acts as the control plane's own identity
  public GarbageCollector(ResourceCatalog catalog, ApiClient client, EventRecorder events) {
    this.catalog = catalog;
    this.metadata = client.metadataOnly();
    this.collector = new Collector(metadata, graph, kinds, this::due, events);
  }

  @Override
  public String name() {
    return "garbage-collector";
  }

  @Override
  public void start() {
    startedNanos = System.nanoTime();
    running = true;
    catalog.addListener(this::follow);
    follow();
    for (int i = 0; i < WORKERS; i++) {
      workers.add(Thread.ofVirtual().name("garbage-collector-" + i).start(this::work));
    }
  }

  /// Whether it knows all that there was when it started, or has waited for that long enough.
  @Override
  public synchronized boolean ready() {
    boolean late = System.nanoTime() - startedNanos > SYNC_TIMEOUT.toNanos();
    return running && (late || monitors.values().stream().allMatch(Monitor::synced));
  }

  @Override
  public void stop() {
    running = false;
    queue.shutDown();
    synchronized (this) {
      monitors.values().forEach(Monitor::stop);
    }
    workers.forEach(Thread::interrupt);
    try {
      long deadline = System.nanoTime() + STOP_TIMEOUT.toNanos();
      for (Thread worker : workers) {
        if (worker.isAlive()) {
          worker.join(Duration.ofNanos(deadline - System.nanoTime()));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Watches what is served now, and no more than that. A kind goes only after its objects have
  /// been deleted, so whatever they owned is to be looked at.
  private void follow() {
    var gone = new ArrayList<CollectedKind>();
    synchronized (this) {
      if (!running) {
        return;
      }
      List<CollectedKind> served = CollectedKind.of(catalog.snapshot());
      kinds.replace(served);
      Map<String, CollectedKind> wanted = new HashMap<>();
      served.forEach(k -> wanted.put(k.prefix(), k));
      for (Monitor monitor : List.copyOf(monitors.values())) {
        CollectedKind now = wanted.get(monitor.kind().prefix());
        if (!monitor.kind().equals(now)) {
          monitor.stop();
          monitors.remove(monitor.kind().prefix());
          if (now == null || !monitor.kind().same(now)) {
            gone.add(monitor.kind());
          }
        }
      }
      for (CollectedKind kind : served) {
        monitors.computeIfAbsent(kind.prefix(), _ -> started(kind));
      }
    }
    gone.forEach(kind -> due(graph.retain(kind, Set.of())));
    retryUnresolved();
  }

  private Monitor started(CollectedKind kind) {
    var monitor = new Monitor(kind, metadata, graph, this::due);
    monitor.start();
    return monitor;
  }

  private void due(List<String> uids) {
    uids.forEach(queue::add);
  }

  private void waitForKind(String uid) {
    synchronized (unresolved) {
      if (unresolved.size() >= MANY_UNRESOLVED) {
        unresolved.removeIf(known -> graph.find(known).isEmpty());
      }
      unresolved.add(uid);
    }
  }

  private void retryUnresolved() {
    List<String> again;
    synchronized (unresolved) {
      again = List.copyOf(unresolved);
      unresolved.clear();
    }
    due(again);
  }

  private void work() {
    try {
      while (running && !ready()) {
        Thread.sleep(UNTIL_SYNCED);
      }
      String uid;
      while ((uid = queue.take()) != null) {
        try {
          collect(uid);
        } finally {
          queue.done(uid);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void collect(String uid) {
    try {
      if (collector.collect(uid) == Collector.Outcome.OWNER_KIND_UNKNOWN) {
        waitForKind(uid);
      }
      queue.forget(uid);
    } catch (Throwable e) { // An Error must not end the worker unseen.
      if (running) {
        failed(uid, e);
      }
    }
  }

  private void failed(String uid, Throwable error) {
    boolean conflict =
        error instanceof StatusException e
            && e.status().reason().equals(StatusReason.CONFLICT.text());
    LOG.atLevel(!conflict && queue.failures(uid) == 0 ? Level.WARN : Level.DEBUG)
        .addKeyValue("object", graph.find(uid).map(k -> k.identity().toString()).orElse(uid))
        .setCause(error)
        .log("an object cannot be collected; will try again");
    queue.addRateLimited(uid);
  }
}
