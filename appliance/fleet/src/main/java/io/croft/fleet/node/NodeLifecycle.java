package io.croft.fleet.node;

import io.croft.base.Component;
import io.croft.client.ApiClient;
import io.croft.client.Informer;
import io.croft.client.Informers;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.model.StatusException;
import io.croft.model.StatusReason;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Says of nodes that have not renewed their leases that they are lost, and keeps their taints. How
/// long ago a lease was renewed is measured here, from when it was seen to change, so that clocks
/// do not matter; after a start everybody has the whole time again.
///
/// **The rule**: a node that is silent for [#GRACE] is not ready, seen within [#LOOK] more; hosts
/// renew every ten seconds, so two renewals in a row may be lost. It is ready again as soon as it
/// says so.
public final class NodeLifecycle implements Component {
  /// How long a node may be silent.
  public static final Duration GRACE = Duration.ofSeconds(32);

  /// How often it is looked.
  static final Duration LOOK = Duration.ofSeconds(2);

  private static final Logger LOG = LoggerFactory.getLogger(NodeLifecycle.class);

  private final ApiClient client;
  private final Informer machines;
  private final Informer nodes;
  private final Informer leases;
  private final InstantSource clock;

  /// Of the watcher alone.
  private final Map<String, Seen> seen = new HashMap<>();

  private @Nullable Thread watcher;

  private record Seen(String renewal, long sinceNanos) {}

  public NodeLifecycle(ApiClient client, Informers informers, InstantSource clock) {
    this.client = client;
    this.machines = informers.of(FleetKinds.MACHINES);
    this.nodes = informers.of(FleetKinds.NODES);
    this.leases = informers.of(FleetKinds.LEASES);
    this.clock = clock;
  }

  @Override
  public String name() {
    return "node-lifecycle";
  }

  @Override
  public synchronized void start() {
    watcher = Thread.ofVirtual().name("node-lifecycle").start(this::watch);
  }

  @Override
  public synchronized void stop() {
    if (watcher != null) {
      watcher.interrupt();
    }
  }

  private void watch() {
    try {
      machines.awaitSynced();
      nodes.awaitSynced();
      leases.awaitSynced();
      while (true) {
        look(System.nanoTime());
        Thread.sleep(LOOK);
      }
    } catch (InterruptedException e) {
      LOG.debug("nodes are no longer watched");
    }
  }

  /// @param nowNanos of the clock that only goes forward
  void look(long nowNanos) {
    seen.keySet().removeIf(name -> machines.get("", name).isEmpty());
    for (ApiObject machine : machines.list()) {
      try {
        nodes.get("", machine.name()).ifPresent(node -> judge(node, nowNanos));
      } catch (StatusException e) {
        if (e.status().code() != StatusReason.CONFLICT.code()
            && e.status().code() != StatusReason.NOT_FOUND.code()) {
          LOG.atWarn().addKeyValue("node", machine.name()).setCause(e).log("a node is not judged");
        }
      } catch (RuntimeException e) {
        LOG.atWarn().addKeyValue("node", machine.name()).setCause(e).log("a node is not judged");
      }
    }
  }

  private void judge(ApiObject node, long nowNanos) {
    String renewal =
        leases
            .get(FleetKinds.LEASE_NAMESPACE, node.name())
            .map(lease -> lease.json().path("spec").path("renewTime").asText(""))
            .orElse("");
    Seen last = seen.get(node.name());
    if (last == null || !last.renewal().equals(renewal)) {
      last = new Seen(renewal, nowNanos);
      seen.put(node.name(), last);
    }
    ApiObject judged = node;
    boolean silent = nowNanos - last.sinceNanos() >= GRACE.toNanos();
    if (silent && !Readiness.of(node).equals("Unknown")) {
      judged = client.updateStatus(FleetKinds.NODES, Readiness.lost(node, clock.instant()));
      LOG.atInfo().addKeyValue("node", node.name()).log("a node is not heard of any more");
    }
    ApiObject tainted = Readiness.tainted(judged, clock.instant());
    if (!Json.same(tainted.json().path("spec"), judged.json().path("spec"))) {
      client.update(FleetKinds.NODES, tainted);
    }
  }
}
