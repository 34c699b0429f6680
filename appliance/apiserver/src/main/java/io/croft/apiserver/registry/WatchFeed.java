package io.croft.apiserver.registry;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.resource.ResourceType;
import io.croft.apiserver.storage.Change;
import io.croft.apiserver.storage.ObjectStore;
import io.croft.apiserver.storage.ObjectWatch;
import io.croft.apiserver.storage.Page;
import io.croft.apiserver.storage.Stored;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.model.Status;
import io.croft.model.StatusException;
import io.croft.model.Statuses;
import io.croft.store.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What one watcher is told: what exists, if it wants that, then every change, in order, none
/// twice. One thread calls `next`; any thread may close it.
public final class WatchFeed implements AutoCloseable {
  private static final String INITIAL_EVENTS_END = "k8s.io/initial-events-end";
  private static final Duration BOOKMARK_INTERVAL = Duration.ofSeconds(60);

  private final ObjectStore store;
  private final ResourceType type;
  private final String namespace;
  private final String name;
  private final Selection selection;
  private final WatchOptions options;

  /// What exists; null once it has been told.
  private @Nullable Pages initial;

  private volatile @Nullable ObjectWatch changes;
  private long initialBytes;
  private long knownRevision;
  private long bookmarkedRevision;
  private long bookmarkDueNanos;
  private volatile boolean closed;

  /// @param name when not empty, only that object
  public WatchFeed(
      ObjectStore store, ResourceType type, String namespace, String name, WatchOptions options) {
    if (options.version() > store.revision()) {
      throw FutureVersion.status(options.version(), store.revision());
    }
    this.store = store;
    this.type = type;
    this.namespace = namespace;
    this.name = name;
    this.selection = new Selection(type, options.labels(), options.fields());
    this.options = options;
    this.knownRevision = options.version() > 0 ? options.version() : store.revision();
    this.initial = options.initialEvents() ? new Pages(store, type, namespace, null, 0) : null;
    this.bookmarkDueNanos = System.nanoTime() + BOOKMARK_INTERVAL.toNanos();
  }

  /// The next events, waiting for them; empty when there are none within `timeout`.
  public List<WatchEvent> next(Duration timeout) throws InterruptedException {
    try {
      return initial == null ? nextChanges(timeout) : nextInitial(initial);
    } catch (StoreException.Compacted e) {
      return lost(String.valueOf(e.getMessage()));
    } catch (StatusException e) {
      return ended(e.status()); // an object could not be converted
    }
  }

  /// Whether what existed has been told.
  public boolean initialized() {
    return initial == null;
  }

  /// What the initial events of the last `next` take, in stored bytes, at most.
  public long initialBytes() {
    return initialBytes;
  }

  /// Whether it has ended.
  public boolean closed() {
    return closed;
  }

  private List<WatchEvent> nextInitial(Pages existing) {
    Page page = existing.next(Long.MAX_VALUE);
    initialBytes = page.bytes();
    var events = new ArrayList<WatchEvent>();
    for (Item item : Item.all(type, page.items())) {
      if (wanted(item)) {
        events.add(new WatchEvent(WatchEvent.Type.ADDED, item));
      }
    }
    if (existing.more()) {
      return events;
    }
    initial = null;
    knownRevision = existing.revision();
    if (options.markEndOfInitialEvents()) {
      events.add(bookmark(Map.of(INITIAL_EVENTS_END, "true")));
    }
    return events;
  }

  /// Opened with the first question for changes, so that a feed that is never read holds nothing.
  private ObjectWatch changes() {
    ObjectWatch present = changes;
    if (present == null) {
      // A name without a namespace is that of many objects.
      String one = type.namespaced() && namespace.isEmpty() ? "" : name;
      present = store.watch(type.location(), namespace, one, knownRevision + 1);
      changes = present;
      if (closed) {
        present.close();
      }
    }
    return present;
  }

  private List<WatchEvent> nextChanges(Duration timeout) throws InterruptedException {
    var events = new ArrayList<WatchEvent>();
    ObjectWatch source = changes();
    for (Change change : source.next(timeout)) {
      if (change instanceof Change.Lost lost) {
        events.addAll(lost(lost.reason()));
        return events;
      }
      WatchEvent event = event(change);
      if (event != null) {
        events.add(event);
      }
      knownRevision = Math.max(knownRevision, change.revision());
    }
    if (events.isEmpty() && source.closed()) {
      closed = true; // with the store; whoever goes on asking would never wait again
    } else if (events.isEmpty() && bookmarkIsDue()) {
      events.add(bookmark(Map.of()));
    }
    return events;
  }

  private @Nullable WatchEvent event(Change change) {
    return switch (change) {
      case Change.Put put -> put(put);
      case Change.Removed removed -> {
        Item last = Item.of(type, removed.last());
        yield wanted(last) ? new WatchEvent(WatchEvent.Type.DELETED, last) : null;
      }
      case Change.Progress progress -> null;
      case Change.Lost lost -> null;
    };
  }

  private @Nullable WatchEvent put(Change.Put put) {
    Item object = Item.of(type, put.object());
    Stored previous = put.previous();
    if (name.isEmpty() && selection.all()) {
      return new WatchEvent(
          previous == null ? WatchEvent.Type.ADDED : WatchEvent.Type.MODIFIED, object);
    }
    Item before = previous == null ? null : Item.of(type, previous);
    if (before == null || !wanted(before)) {
      return wanted(object) ? new WatchEvent(WatchEvent.Type.ADDED, object) : null;
    }
    if (wanted(object)) {
      return new WatchEvent(WatchEvent.Type.MODIFIED, object);
    }
    // It no longer matches: for this watcher it is gone, as of this change.
    ObjectNode last = before.json();
    ApiObject.of(last).setResourceVersion(Long.toString(put.revision()));
    return new WatchEvent(WatchEvent.Type.DELETED, last);
  }

  private boolean wanted(Item item) {
    if (name.isEmpty() && selection.all()) {
      return true;
    }
    ObjectNode json = item.json();
    return (name.isEmpty() || ApiObject.of(json).name().equals(name)) && selection.matches(json);
  }

  private boolean bookmarkIsDue() {
    return options.bookmarks()
        && knownRevision > bookmarkedRevision
        && System.nanoTime() - bookmarkDueNanos >= 0;
  }

  private WatchEvent bookmark(Map<String, String> annotations) {
    bookmarkedRevision = knownRevision;
    bookmarkDueNanos = System.nanoTime() + BOOKMARK_INTERVAL.toNanos();
    ApiObject mark = ApiObject.of(Json.object()).setType(type.gvk());
    mark.setResourceVersion(Long.toString(knownRevision)).setAnnotations(annotations);
    return new WatchEvent(WatchEvent.Type.BOOKMARK, mark.json());
  }

  private List<WatchEvent> lost(String reason) {
    return ended(Statuses.expired("too old resource version: " + reason).status());
  }

  private List<WatchEvent> ended(Status status) {
    close();
    return List.of(new WatchEvent(WatchEvent.Type.ERROR, status.toJson()));
  }

  @Override
  public void close() {
    closed = true;
    ObjectWatch source = changes;
    if (source != null) {
      source.close();
    }
  }
}
