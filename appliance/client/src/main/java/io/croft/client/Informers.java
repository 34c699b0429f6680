package io.croft.client;

import io.croft.base.Component;
import io.croft.model.GroupVersionResource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The informers of a process: one for each [Selection], however many ask for it. Thread-safe.
public final class Informers implements Component {
  private final ApiClient client;
  private final Map<Selection, Informer> informers = new LinkedHashMap<>();
  private boolean running;

  public Informers(ApiClient client) {
    this.client = client;
  }

  /// The informer for all objects of a resource.
  public Informer of(GroupVersionResource resource) {
    return of(Selection.all(resource));
  }

  /// The informer for a selection; it is started with the others, or at once when they run.
  public synchronized Informer of(Selection selection) {
    Informer known = informers.get(selection);
    if (known != null) {
      return known;
    }
    var informer = new Informer(client, selection);
    informers.put(selection, informer);
    if (running) {
      informer.start();
    }
    return informer;
  }

  @Override
  public String name() {
    return "informers";
  }

  @Override
  public synchronized void start() {
    if (!running) {
      running = true;
      informers.values().forEach(Informer::start);
    }
  }

  /// Whether every informer has synced.
  @Override
  public boolean ready() {
    return all().stream().allMatch(Informer::hasSynced);
  }

  @Override
  public void stop() {
    all().forEach(Informer::stop);
  }

  private synchronized List<Informer> all() {
    return List.copyOf(informers.values());
  }
}
