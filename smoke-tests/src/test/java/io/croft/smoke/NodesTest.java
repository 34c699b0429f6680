package io.croft.smoke;

import static io.croft.smoke.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Hosts join, are refused, are replaced and removed, on one machine without any rights.
@Tag("M6")
@Tag("M7")
@Tag("P13")
class NodesTest {
  @RegisterExtension static final Appliance APPLIANCE = new Appliance();

  private final ObjectMapper mapper = new ObjectMapper();

  private Path dataDirectory(String host) {
    return APPLIANCE.directory().resolve(host);
  }

  private JsonNode token(String... options) throws Exception {
    var all = new ArrayList<>(List.of("token", "create", "-o", "json"));
    all.addAll(List.of(options));
    return mapper.readTree(APPLIANCE.croft(all.toArray(String[]::new)).run().succeeded().out());
  }

  /// The token travels by a file, as no argument should.
  private Command.Output join(String host, String name, String token, String... options)
      throws Exception {
    Path file = Files.writeString(APPLIANCE.directory().resolve(host + ".token"), token);
    var all = new ArrayList<>(List.of("join", APPLIANCE.server(), "--token-file", file.toString()));
    all.addAll(List.of("--name", name, "--data-dir", dataDirectory(host).toString(), "--detach"));
    all.addAll(List.of(options));
    return Distribution.croft(all.toArray(String[]::new)).run();
  }

  @AfterEach
  void stopHosts() {
    for (String host : List.of("one", "two", "three")) {
      Distribution.croft("down", "--data-dir", dataDirectory(host).toString()).run();
    }
  }

  private String status(String node) throws Exception {
    return APPLIANCE
        .croft("node", "list")
        .run()
        .succeeded()
        .out()
        .lines()
        .filter(line -> line.startsWith(node + " "))
        .map(line -> line.split(" +")[1])
        .findFirst()
        .orElse("none");
  }

  @Test
  void aHostJoinsIsReachedReplacedAndRemoved() throws Exception {
    JsonNode token = token("--role", "agent");
    assertThat(join("one", "edge", token.path("token").asText()).succeeded().out())
        .contains("node edge is known");
    assertThat(status("edge")).isEqualTo("Ready");
    try (Api api = APPLIANCE.api()) {
      eventually(
          "the host is connected",
          () -> api.get("/api/v1/nodes/edge/proxy/healthz").status() == 200);
      assertThat(api.get("/api/v1/nodes/edge/proxy/inventory").body())
          .contains("\"agentVersion\"", "\"memoryBytes\"");
    }
    assertThat(APPLIANCE.croft("token", "list").run().succeeded().out())
        .contains(token.path("id").asText(), "used");

    String another = token("--role", "agent").path("token").asText();
    assertThat(join("two", "edge", another).exited(4).err())
        .contains("NameTaken", "croft node approve --replace edge");
    APPLIANCE.croft("node", "approve", "--replace", "edge").run().succeeded();
    join("two", "edge", another).succeeded();

    APPLIANCE.croft("node", "cordon", "edge").run().succeeded();
    assertThat(status("edge")).isEqualTo("Ready,SchedulingDisabled");
    APPLIANCE.croft("node", "uncordon", "edge").run().succeeded();
    APPLIANCE.croft("node", "drain", "edge").run().succeeded();
    APPLIANCE.croft("node", "remove", "edge").run().succeeded();
    assertThat(APPLIANCE.croft("node", "remove", "nobody").run().exited(1).err())
        .contains("there is no node nobody; see: croft node list");
    eventually("the node is gone", () -> status("edge").equals("none"));
    eventually(
        "its agent has ended", () -> Files.notExists(dataDirectory("two").resolve("croft.pid")));
  }

  @Test
  void refusalsSayWhyAndAreRecorded() throws Exception {
    JsonNode revoked = token("--role", "agent");
    APPLIANCE.croft("token", "revoke", revoked.path("id").asText()).run().succeeded();
    assertThat(join("three", "a", revoked.path("token").asText()).exited(4).err())
        .contains("TokenRevoked");
    String other = token("--role", "agent", "--for", "b").path("token").asText();
    assertThat(join("three", "a", other).exited(4).err()).contains("WrongNode");
    String edge = token("--role", "edge").path("token").asText();
    assertThat(join("three", "a", edge, "--role", "agent").exited(4).err())
        .contains("for hosts that join as edge, not as agent", "WrongRole");
    assertThat(join("three", "a", token(), "--role", "edge").exited(4).err())
        .contains("for hosts that join as agent, not as edge", "WrongRole");
    assertThat(join("three", "a", token(), "--role", "server").exited(4).err())
        .contains("for hosts that join as agent, not as server", "WrongRole");
    String good = token("--role", "agent").path("token").asText();
    String damaged = good.substring(0, good.length() - 1) + (good.endsWith("0") ? "1" : "0");
    assertThat(join("three", "a", damaged).exited(2).err()).contains("checksum");

    assertThat(Files.readString(APPLIANCE.dataDirectory().resolve("logs/audit.log")))
        .contains("refused: TokenRevoked", "refused: WrongNode")
        .contains(
            "refused: WrongRole: the token is for hosts that join as edge",
            "refused: WrongRole: the token is for hosts that join as agent")
        .doesNotContain(good.split("\\.")[4]);
    // Nothing of a token is anywhere on the disk, but in the files that the test wrote.
    assertThat(contains(APPLIANCE.dataDirectory(), other.split("\\.")[4])).isFalse();
  }

  private String token() throws Exception {
    return token("--role", "agent").path("token").asText();
  }

  private Command.Output down(String host) {
    return Distribution.croft("down", "--data-dir", dataDirectory(host).toString()).run();
  }

  @Test
  void aRemovedHostJoinsAgainAndOneBecomesAnotherNode() throws Exception {
    join("three", "c", token()).succeeded();
    APPLIANCE.croft("node", "remove", "c").run().succeeded();
    eventually(
        "its agent has ended", () -> Files.notExists(dataDirectory("three").resolve("croft.pid")));
    byte[] key = Files.readAllBytes(dataDirectory("three").resolve("node/key.pem"));
    String token = token();
    assertThat(join("three", "c", token).succeeded().err())
        .contains("does not let node c in any more", "joined");
    assertThat(status("c")).isEqualTo("Ready");
    assertThat(dataDirectory("three").resolve("node/key.pem")).hasBinaryContent(key);
    // The same command once more, as a service would give it: nothing is joined again.
    down("three").succeeded();
    assertThat(join("three", "c", token).succeeded().err()).doesNotContain("joined");

    assertThat(join("three", "d", token()).exited(2).err())
        .contains("has joined", "as node c already", "croft down");
    down("three").succeeded();
    assertThat(join("three", "d", "croft1.no.token").exited(2).err()).contains("token");
    assertThat(join("three", "d", token()).succeeded().err())
        .contains("joined", "it was node c of", "croft node remove c");
    assertThat(status("d")).isEqualTo("Ready");
    assertThat(dataDirectory("three").resolve("node/before/key.pem")).hasBinaryContent(key);
    assertThat(dataDirectory("three").resolve("node/key.pem"))
        .satisfies(file -> assertThat(Files.readAllBytes(file)).isNotEqualTo(key));
  }

  private static boolean contains(Path directory, String text) throws Exception {
    try (var files = Files.walk(directory)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        byte[] bytes = Files.readAllBytes(file);
        if (new String(bytes, StandardCharsets.ISO_8859_1).contains(text)) {
          return true;
        }
      }
    }
    return false;
  }
}
