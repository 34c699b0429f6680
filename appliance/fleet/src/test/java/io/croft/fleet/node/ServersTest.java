package io.croft.fleet.node;

import static io.croft.fleet.TestSite.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.croft.client.PatchType;
import io.croft.fleet.TestSite;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("M9")
class ServersTest {
  private static final String KEY = "ab".repeat(32);
  private static final String OTHER = "cd".repeat(32);

  @TempDir private Path directory;
  private TestSite site;

  @BeforeEach
  void start() throws Exception {
    site = new TestSite(directory);
  }

  @AfterEach
  void stop() throws Exception {
    site.close();
  }

  private static ApiObject machine(String name, String role, String key, String copyKey)
      throws Exception {
    String json =
        """
        {"apiVersion": "fleet.croft.io/v1alpha1", "kind": "Machine", "metadata": {"name": "%s"},
         "spec": {"role": "%s", "key": "%s"%s}}
        """
            .formatted(
                name, role, key, copyKey.isEmpty() ? "" : ", \"copyKey\": \"" + copyKey + "\"");
    return ApiObject.of(Json.parseObject(json.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void onlyAddressesOfServersAreTold() throws Exception {
    ApiObject node = machine("worker", "agent", KEY, "");
    assertThat(Servers.told(node)).isEmpty();
    node.setAnnotations(
        Map.of(FleetKinds.SERVERS, "https://10.0.0.2:8443,http://a,::,,https://[fd00::2]:9443"));
    assertThat(Servers.told(node))
        .containsExactly(URI.create("https://10.0.0.2:8443"), URI.create("https://[fd00::2]:9443"));
  }

  @ParameterizedTest
  @CsvSource(
      emptyValue = "",
      value = {
        "true,  server, K, K",
        "false, server, K, ''",
        "false, server, K, O",
        "false, agent,  K, K",
        "false, edge,   K, K"
      })
  void onlyAServerWithTheKeyThatWasApprovedIsOne(
      boolean expected, String role, String key, String copyKey) throws Exception {
    ApiObject machine = machine("a", role, letters(key), copyKey.isEmpty() ? "" : letters(copyKey));
    assertThat(Servers.isApproved(machine)).isEqualTo(expected);
  }

  private static String letters(String key) {
    return key.equals("K") ? KEY : OTHER;
  }

  private void patch(String name, boolean status, String patch) {
    byte[] bytes = patch.getBytes(StandardCharsets.UTF_8);
    if (status) {
      site.client.patchStatus(FleetKinds.NODES, "", name, PatchType.MERGE, bytes);
    } else {
      site.client.patch(FleetKinds.MACHINES, "", name, PatchType.MERGE, bytes);
    }
  }

  private String told(String node) {
    return site.client
        .find(FleetKinds.NODES, "", node)
        .map(found -> found.annotations().getOrDefault(FleetKinds.SERVERS, ""))
        .orElse("no node");
  }

  /// Also when its address changes, and when it is none any more.
  @Test
  void everyHostIsToldWhoMayTakeTheAppliancesPlace() throws Exception {
    site.client.create(FleetKinds.MACHINES, machine("standby", "server", KEY, ""));
    site.client.create(FleetKinds.MACHINES, machine("worker", "agent", OTHER, ""));
    eventually("there are nodes", () -> told("standby").isEmpty() && told("worker").isEmpty());
    String address =
        """
        {"status": {"addresses": [{"type": "InternalIP", "address": "%s"}]}}
        """;
    patch("standby", true, address.formatted("10.0.0.2"));
    patch("standby", false, "{\"spec\": {\"copyKey\": \"%s\"}}".formatted(KEY));
    eventually("it is told", () -> told("worker").equals("https://10.0.0.2:8443"));
    patch("standby", true, address.formatted("fd00::2"));
    eventually("it is told", () -> told("worker").equals("https://[fd00::2]:8443"));
    patch("standby", false, "{\"spec\": {\"copyKey\": null}}");
    eventually("it is told", () -> told("worker").isEmpty());
  }
}
