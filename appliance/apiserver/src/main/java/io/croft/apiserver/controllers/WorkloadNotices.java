package io.croft.apiserver.controllers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.Component;
import io.croft.client.ApiClient;
import io.croft.client.Backoff;
import io.croft.client.Delays;
import io.croft.client.EventRecorder;
import io.croft.client.ListOptions;
import io.croft.client.ObjectList;
import io.croft.client.Reflector;
import io.croft.client.Selection;
import io.croft.client.StopSignal;
import io.croft.client.WorkQueue;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionKind;
import io.croft.model.GroupVersionResource;
import io.croft.model.Json;
import io.croft.model.OwnerReference;
import io.croft.model.StatusException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// Says of every stored workload, in an event, that nothing runs it here, and keeps that event for
/// as long as it is true. One that belongs to another workload says nothing of its own, and one
/// whose status somebody writes is run by them. Of objects only the metadata is read, and of those
/// that were told of only their place is kept.
final class WorkloadNotices implements Component {
  static final String REASON = "WorkloadsNotRun";

  private static final Logger LOG = LoggerFactory.getLogger(WorkloadNotices.class);
  private static final Backoff BACKOFF =
      new Backoff(Duration.ofMillis(100), Duration.ofMinutes(5), 0.5);
  private static final int PAGE = 500;
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(5);

  /// The kinds that somebody would have to run.
  private static final Map<GroupVersionResource, GroupVersionKind> KINDS =
      Map.of(
          new GroupVersionResource("", "v1", "pods"),
          new GroupVersionKind("", "v1", "Pod"),
          new GroupVersionResource("", "v1", "replicationcontrollers"),
          new GroupVersionKind("", "v1", "ReplicationController"),
          new GroupVersionResource("apps", "v1", "deployments"),
          new GroupVersionKind("apps", "v1", "Deployment"),
          new GroupVersionResource("apps", "v1", "replicasets"),
          new GroupVersionKind("apps", "v1", "ReplicaSet"),
          new GroupVersionResource("apps", "v1", "statefulsets"),
          new GroupVersionKind("apps", "v1", "StatefulSet"),
          new GroupVersionResource("apps", "v1", "daemonsets"),
          new GroupVersionKind("apps", "v1", "DaemonSet"),
          new GroupVersionResource("batch", "v1", "jobs"),
          new GroupVersionKind("batch", "v1", "Job"),
          new GroupVersionResource("batch", "v1", "cronjobs"),
          new GroupVersionKind("batch", "v1", "CronJob"));

  private final ApiClient metadata;
  private final EventRecorder events;
  private final InstantSource clock;
  private final Duration renewal;
  private final StopSignal stop = new StopSignal();
  private final WorkQueue<Workload> queue = new WorkQueue<>(Delays.system(), BACKOFF);

  /// Those that are queued, or will be when their event is to be renewed.
  private final Set<Workload> known = ConcurrentHashMap.newKeySet();

  private volatile @Nullable Thread worker;

  private record Workload(
      GroupVersionResource resource, String namespace, String name, String uid) {
    static Workload of(GroupVersionResource resource, ApiObject object) {
      return new Workload(resource, object.namespace(), object.name(), object.uid());
    }

    ObjectNode reference() {
      GroupVersionKind kind = kind();
      return Json.object()
          .put("apiVersion", kind.apiVersion())
          .put("kind", kind.kind())
          .put("namespace", namespace)
          .put("name", name)
          .put("uid", uid);
    }

    GroupVersionKind kind() {
      return KINDS.getOrDefault(resource, new GroupVersionKind("", "v1", resource.resource()));
    }
  }

  /// @param renewal after what time an event is to be renewed: before it is forgotten
  WorkloadNotices(ApiClient client, EventRecorder events, InstantSource clock, Duration renewal) {
    this.metadata = client.metadataOnly();
    this.events = events;
    this.clock = clock;
    this.renewal = renewal;
  }

  @Override
  public String name() {
    return "workload-notices";
  }

  @Override
  public void start() {
    for (GroupVersionResource resource : KINDS.keySet()) {
      var reflector =
          new Reflector(metadata, Selection.all(resource), BACKOFF, new Follower(resource), stop);
      Thread.ofVirtual().name("workloads-" + resource.resource()).start(reflector::run);
    }
    worker = Thread.ofVirtual().name("workload-notices").start(this::work);
  }

  @Override
  public boolean ready() {
    return worker != null;
  }

  @Override
  public void stop() {
    stop.stop();
    queue.shutDown();
    Thread running = worker;
    if (running != null) {
      running.interrupt();
      try {
        running.join(STOP_TIMEOUT);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /// Hears of the objects of one kind.
  private final class Follower implements Reflector.Target {
    private final GroupVersionResource resource;

    Follower(GroupVersionResource resource) {
      this.resource = resource;
    }

    /// Those that went unseen are found to be gone when their event is to be renewed.
    @Override
    public String relist() {
      String version;
      String next = "";
      do {
        ObjectList page = metadata.list(resource, "", ListOptions.ALL.withPage(PAGE, next));
        version = page.resourceVersion();
        next = page.continueToken();
        page.items().forEach(this::put);
      } while (!next.isEmpty());
      return version;
    }

    @Override
    public void put(ApiObject object) {
      Workload workload = Workload.of(resource, object);
      if (isOnItsOwn(object) && known.add(workload)) {
        queue.add(workload);
      }
    }

    @Override
    public void remove(ApiObject object) {
      known.remove(Workload.of(resource, object));
    }
  }

  private static boolean isOnItsOwn(ApiObject object) {
    return object.deletionTimestamp() == null
        && object.ownerReferences().stream().noneMatch(WorkloadNotices::isWorkload)
        && !isRun(object);
  }

  private static boolean isWorkload(OwnerReference owner) {
    return owner.controller()
        && KINDS.values().stream()
            .anyMatch(kind ->
                kind.kind().equals(owner.kind()) && kind.apiVersion().equals(owner.apiVersion()));
  }

  private static boolean isRun(ApiObject object) {
    for (JsonNode entry : object.metadata().path("managedFields")) {
      if (entry.path("subresource").asText("").equals("status")) {
        return true;
      }
    }
    return false;
  }

  private void work() {
    try {
      Workload workload;
      while ((workload = queue.take()) != null) {
        try {
          tell(workload);
        } finally {
          queue.done(workload);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void tell(Workload workload) {
    // Taken out first, so that a change while it is looked at counts.
    if (!known.remove(workload)) {
      return;
    }
    try {
      boolean still =
          metadata
              .find(workload.resource(), workload.namespace(), workload.name())
              .filter(object -> object.uid().equals(workload.uid()))
              .filter(WorkloadNotices::isOnItsOwn)
              .isPresent();
      if (!still) {
        return;
      }
      known.add(workload);
      Instant due = events.keepWarning(workload.reference(), REASON, message(workload), renewal);
      queue.forget(workload);
      queue.addAfter(workload, Duration.between(clock.instant(), due));
    } catch (RuntimeException e) {
      // A namespace that is being emptied takes no events, which is nothing to tell of.
      LOG.atLevel(e instanceof StatusException ? Level.DEBUG : Level.WARN)
          .addKeyValue("workload", workload)
          .setCause(e)
          .log("cannot say that a workload is not run; will try again");
      known.add(workload);
      queue.addRateLimited(workload);
    }
  }

  private static String message(Workload workload) {
    return "This "
        + workload.kind().kind()
        + " is stored, but nothing runs it: the embedded engine has no scheduler, no controllers of"
        + " workloads and no nodes. A k3s on the same store (croft store serve) runs it.";
  }
}
