package io.croft.fleet.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.client.Informers;
import io.croft.client.PatchType;
import io.croft.fleet.TestSite;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkersTest {
  private static final String KEY = "00".repeat(32);

  @TempDir private Path directory;

  private static void join(TestSite site, String name, String role) throws Exception {
    var json =
        Json.object()
            .put("apiVersion", FleetKinds.GROUP + "/" + FleetKinds.VERSION)
            .put("kind", "Machine");
    json.putObject("spec").put("role", role).put("key", KEY);
    site.client.create(FleetKinds.MACHINES, ApiObject.of(json).setName(name));
    TestSite.eventually(
        "it has a node", () -> site.client.find(FleetKinds.NODES, "", name).isPresent());
  }

  @Test
  void knowsHostsThatHaveJoinedAsAgents() throws Exception {
    try (var site = new TestSite(directory)) {
      var informers = new Informers(site.client);
      var workers = new Workers(informers);
      informers.start();
      join(site, "a", "agent");
      join(site, "e", "edge");
      TestSite.eventually("it is known", () -> workers.key("a").isPresent());
      assertThat(workers.key("a")).contains(KEY);
      assertThat(workers.key("e")).isEmpty();
      assertThat(workers.key("b")).isEmpty();
      informers.stop();
    }
  }

  @Test
  void knowsWhoseAnAddressIsHoweverItIsWritten() throws Exception {
    try (var site = new TestSite(directory)) {
      var informers = new Informers(site.client);
      var workers = new Workers(informers);
      informers.start();
      join(site, "a", "agent");
      site.client.patchStatus(
          FleetKinds.NODES,
          "",
          "a",
          PatchType.MERGE,
          """
          {"status":{"addresses":[
            {"type":"Hostname","address":"a"},{"type":"InternalIP","address":"2001:db8::7"}]}}
          """
              .getBytes(StandardCharsets.UTF_8));
      InetAddress address = InetAddress.ofLiteral("2001:db8:0:0:0:0:0:7");
      TestSite.eventually("its address is known", () -> workers.isOfAnother("b", address));
      assertThat(workers.isOfAnother("a", address)).isFalse();
      assertThat(workers.isOfAnother("b", InetAddress.ofLiteral("2001:db8::8"))).isFalse();
      informers.stop();
    }
  }
}
