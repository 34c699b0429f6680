package io.croft.fleet.join;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.fleet.TestSite;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.fleet.node.Servers;
import io.croft.model.ApiObject;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("P13")
class MachinesTest {
  private static final String NAME = "standby";

  /// Fingerprints, of which this is a 32nd.
  private static final String KEY = "ab";

  private static final String OTHER = "cd";

  @TempDir private Path directory;

  private static void take(Machines machines, String key, String role) throws Exception {
    var claim = new Claim(NAME, key.repeat(32), role, "token");
    // Controllers change it, too.
    TestSite.eventually("the name is taken", () -> machines.claim(claim, machines.find(NAME)));
  }

  private static void approve(TestSite site) {
    ApiObject machine = site.client.get(FleetKinds.MACHINES, "", NAME).copy();
    ObjectNode spec = (ObjectNode) machine.json().path("spec");
    spec.set("copyKey", spec.path("key"));
    site.client.update(FleetKinds.MACHINES, machine);
  }

  @Test
  void theSameHostAgainKeepsItsApproval() throws Exception {
    try (var site = new TestSite(directory)) {
      var machines = new Machines(site.client, site.clock);
      take(machines, KEY, "server");
      approve(site);
      take(machines, KEY, "server");
      assertThat(Servers.isApproved(machines.find(NAME).orElseThrow())).isTrue();
    }
  }

  /// Also when the one that was approved comes back.
  @ParameterizedTest
  @CsvSource({OTHER + ", server", KEY + ", agent", OTHER + ", edge"})
  void anApprovalIsForWhoHadTheNameThen(String key, String role) throws Exception {
    try (var site = new TestSite(directory)) {
      var machines = new Machines(site.client, site.clock);
      take(machines, KEY, "server");
      approve(site);
      take(machines, key, role);
      take(machines, KEY, "server");
      assertThat(Servers.isApproved(machines.find(NAME).orElseThrow())).isFalse();
    }
  }
}
