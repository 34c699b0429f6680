package io.croft.client;

import io.croft.model.ApiObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A local copy of some of the API's objects, kept up to date by list and watch.
///
/// What it returns is its own and shared: [ApiObject#copy] before changing anything. It lacks what
/// the selection omits. It lags behind the server a little; writes that depend on it rely on
/// `resourceVersion`. Handlers are called one at a time. Thread-safe. Runs once: after [#stop] it
/// cannot be started again.
public final class Informer {
  private static final Logger log = LoggerFactory.getLogger(Informer.class);
  private static final Backoff BACKOFF =
      new Backoff(Duration.ofMillis(100), Duration.ofSeconds(30), 0.5);
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(5);

  private final ApiClient client;
  private final Selection selection;
  private final ObjectCache cache = new ObjectCache();
  private final Compaction compaction;
  private final StopSignal stop = new StopSignal();
  private final CountDownLatch synced = new CountDownLatch(1);
  private final Thread thread;

  /// Held while the cache changes and handlers hear of it, so that a handler that is added later
  /// misses nothing and hears nothing twice. Never held while the server is waited for.
  private final Object dispatch = new Object();

  private final List<EventHandler> handlers = new ArrayList<>();

  public Informer(ApiClient client, Selection selection) {
    this(client, selection, BACKOFF);
  }

  Informer(ApiClient client, Selection selection, Backoff backoff) {
    this.client = client;
    this.selection = selection;
    this.compaction = new Compaction(selection.omitted());
    var reflector = new Reflector(client, selection, backoff, new Cached(), stop);
    this.thread =
        Thread.ofVirtual()
            .name("informer-" + selection.resource().resource())
            .unstarted(reflector::run);
  }

  public Selection selection() {
    return selection;
  }

  /// Adds an index, at any time.
  ///
  /// @param valuesOf the values under which [#byIndex] finds an object
  /// @throws IllegalStateException when there is an index of that name
  public void addIndex(String name, Function<ApiObject, Collection<String>> valuesOf) {
    cache.addIndex(name, valuesOf);
  }

  /// Adds a handler, at any time; before this returns it has heard of every object that is here.
  public void addHandler(EventHandler handler) {
    synchronized (dispatch) {
      handlers.add(handler);
      cache.all().forEach(object -> call(handler, null, object));
    }
  }

  /// @throws IllegalThreadStateException when it was started before
  public void start() {
    thread.start();
  }

  /// Ends it and waits for that, at most for five seconds; legal at any time. What is in the cache
  /// stays there.
  public void stop() {
    stop.stop();
    if (thread.equals(Thread.currentThread()) || !thread.isAlive()) {
      return;
    }
    try {
      if (!thread.join(STOP_TIMEOUT)) {
        thread.interrupt();
        log.atWarn().addKeyValue("informer", thread.getName()).log("informer does not stop");
      }
    } catch (InterruptedException e) {
      thread.interrupt();
      Thread.currentThread().interrupt();
    }
  }

  /// Whether the first list is in the cache and every handler has heard of it.
  public boolean hasSynced() {
    return synced.getCount() == 0;
  }

  /// Waits for [#hasSynced].
  ///
  /// @return false when `timeout` has passed first
  public boolean awaitSynced(Duration timeout) throws InterruptedException {
    return synced.await(timeout.toNanos(), TimeUnit.NANOSECONDS);
  }

  /// Waits for [#hasSynced], for as long as it takes.
  public void awaitSynced() throws InterruptedException {
    synced.await();
  }

  /// @param namespace empty for cluster-scoped objects
  public Optional<ApiObject> get(String namespace, String name) {
    return Optional.ofNullable(cache.get(new Request(namespace, name)));
  }

  /// All objects, ordered by namespace and name.
  public List<ApiObject> list() {
    return cache.all();
  }

  /// The objects of one namespace, ordered by name.
  public List<ApiObject> list(String namespace) {
    return cache.in(namespace);
  }

  /// The objects that an index has under a value, ordered by namespace and name.
  ///
  /// @throws IllegalArgumentException when there is no such index
  public List<ApiObject> byIndex(String index, String value) {
    return cache.byIndex(index, value);
  }

  private void changed(@Nullable ApiObject before, @Nullable ApiObject after) {
    handlers.forEach(handler -> call(handler, before, after));
  }

  /// A handler that fails must take neither the informer nor the other handlers with it.
  private void call(EventHandler handler, @Nullable ApiObject before, @Nullable ApiObject after) {
    try {
      handler.onChange(before, after);
    } catch (RuntimeException e) {
      log.atError()
          .addKeyValue("informer", thread.getName())
          .setCause(e)
          .log("an event handler failed; it has missed a change");
    }
  }

  private final class Cached implements Reflector.Target {
    @Override
    public String relist() {
      ObjectList list =
          client.listAll(
              selection.resource(),
              selection.namespace(),
              selection.options(),
              compaction::compacted);
      synchronized (dispatch) {
        Set<Request> gone = new HashSet<>(cache.keys());
        for (ApiObject object : list.items()) {
          gone.remove(Request.of(object));
          keep(object);
        }
        gone.forEach(this::remove);
      }
      synced.countDown();
      return list.resourceVersion();
    }

    @Override
    public void put(ApiObject object) {
      synchronized (dispatch) {
        keep(compaction.compacted(object));
      }
    }

    private void keep(ApiObject object) {
      ApiObject before = cache.put(object);
      if (before == null || !before.resourceVersion().equals(object.resourceVersion())) {
        changed(before, object);
      }
    }

    @Override
    public void remove(ApiObject object) {
      synchronized (dispatch) {
        remove(Request.of(object));
      }
    }

    private void remove(Request key) {
      ApiObject before = cache.remove(key);
      if (before != null) {
        changed(before, null);
      }
    }
  }
}
