package io.croft.fleet.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.client.Informers;
import io.croft.client.PatchType;
import io.croft.fleet.TestSite;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeLifecycleTest {
  private static final String NAME = "edge";

  @TempDir private Path directory;

  private static void merge(TestSite site, String status) {
    site.client.patchStatus(
        FleetKinds.NODES,
        "",
        NAME,
        PatchType.MERGE,
        """
        {"status":{"conditions":[
          {"type":"Ready","status":"%s"},{"type":"fleet.croft.io/ControlPlaneReady","status":"True"},
          {"type":"fleet.croft.io/CopyCurrent","status":"True"}]}}
        """
            .formatted(status)
            .getBytes(StandardCharsets.UTF_8));
  }

  private static void renew(TestSite site, String time) {
    site.client.patch(
        FleetKinds.LEASES,
        FleetKinds.LEASE_NAMESPACE,
        NAME,
        PatchType.MERGE,
        "{\"spec\":{\"renewTime\":\"%s\"}}".formatted(time).getBytes(StandardCharsets.UTF_8));
  }

  private static ApiObject node(TestSite site) {
    return site.client.get(FleetKinds.NODES, "", NAME);
  }

  @Test
  void aSilentNodeIsLostAfterItsTimeAndIsBackAsSoonAsItSaysSo() throws Exception {
    try (var site = new TestSite(directory)) {
      var informers = new Informers(site.client);
      var lifecycle = new NodeLifecycle(site.client, informers, site.clock);
      informers.start();
      var json =
          Json.object()
              .put("apiVersion", FleetKinds.GROUP + "/" + FleetKinds.VERSION)
              .put("kind", "Machine");
      json.putObject("spec").put("role", "agent").put("key", "00".repeat(32));
      site.client.create(FleetKinds.MACHINES, ApiObject.of(json).setName(NAME));
      TestSite.eventually(
          "it has node and lease",
          () -> site.client.find(FleetKinds.LEASES, FleetKinds.LEASE_NAMESPACE, NAME).isPresent());
      assertThat(node(site).json().at("/spec/taints").toString()).contains("not-ready");
      merge(site, "True");
      renew(site, "2030-01-01T00:00:00.000000Z");
      awaitSeen(informers, site, "True", "2030-01-01T00:00:00.000000Z");

      long now = System.nanoTime();
      lifecycle.look(now);
      assertThat(node(site).json().at("/spec").has("taints")).isFalse();
      awaitSeen(informers, site, "True", "2030-01-01T00:00:00.000000Z");

      lifecycle.look(now + NodeLifecycle.GRACE.minusSeconds(1).toNanos());
      assertThat(Readiness.of(node(site))).isEqualTo("True");

      lifecycle.look(now + NodeLifecycle.GRACE.toNanos());
      assertThat(Readiness.of(node(site))).isEqualTo("Unknown");
      // What a host that is not heard of has said about itself says nothing any more.
      assertThat(node(site).json().at("/status/conditions").findValuesAsText("status"))
          .containsExactly("Unknown", "Unknown", "Unknown");
      assertThat(node(site).json().at("/spec/taints").toString())
          .contains("unreachable", "NoSchedule", "NoExecute");

      merge(site, "True");
      renew(site, "2030-01-01T00:00:40.000000Z");
      awaitSeen(informers, site, "True", "2030-01-01T00:00:40.000000Z");
      lifecycle.look(now + Duration.ofSeconds(41).toNanos());
      assertThat(Readiness.of(node(site))).isEqualTo("True");
      assertThat(node(site).json().at("/spec").has("taints")).isFalse();
      informers.stop();
    }
  }

  /// Waits until the informers have what was written.
  private static void awaitSeen(Informers informers, TestSite site, String ready, String renewal)
      throws Exception {
    TestSite.eventually(
        "the informers have it",
        () -> {
          String version = node(site).resourceVersion();
          return informers
                  .of(FleetKinds.NODES)
                  .get("", NAME)
                  .filter(n -> n.resourceVersion().equals(version))
                  .filter(n -> Readiness.of(n).equals(ready))
                  .isPresent()
              && informers
                  .of(FleetKinds.LEASES)
                  .get(FleetKinds.LEASE_NAMESPACE, NAME)
                  .filter(l -> l.json().at("/spec/renewTime").asText().equals(renewal))
                  .isPresent();
        });
  }
}
