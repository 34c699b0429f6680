package io.croft.smoke;

import static io.croft.smoke.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Whoever makes a mistake learns in one line what it was; the appliance goes on as if nothing had
/// happened.
class WrongInputTest {
  @RegisterExtension static final Appliance APPLIANCE = new Appliance();
  private static final String CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";

  @BeforeAll
  static void putAnObject() throws Exception {
    try (Api api = APPLIANCE.api()) {
      assertThat(api.post(CONFIG_MAPS, Manifests.configMap("default", "kept", "k", "v")).status())
          .isEqualTo(201);
    }
  }

  @AfterEach
  void theApplianceIsUnharmed() throws Exception {
    assertThat(APPLIANCE.process().isAlive()).isTrue();
    try (Api api = APPLIANCE.api()) {
      assertThat(Appliance.ready(api)).isTrue();
      assertThat(api.get(CONFIG_MAPS + "/kept").json().at("/data/k").asText()).isEqualTo("v");
    }
  }

  /// What a mistake on the command line must look like.
  private static String oneLine(Command.Output output, int exit) {
    output.exited(exit);
    assertThat(output.err().strip().lines()).as(output::toString).hasSize(1);
    assertThat(output.err()).doesNotContain("Exception").doesNotContain("\tat ");
    return output.err().strip();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "up --prot 1 | --prot",
        "up --listen nowhere | nowhere",
        "up --listen 127.0.0.1:99999 | 99999",
        "up --engine steam | steam",
        "upp | upp",
        "kubeconfig --server ftp://x | ftp://x"
      })
  void namesTheWrongArgument(String line, String culprit) {
    assertThat(oneLine(APPLIANCE.croft(line.split(" ")).run(), 2)).contains(culprit);
  }

  @Test
  void namesThePortThatIsOccupied(@TempDir Path other) {
    Command.Output output =
        Distribution.croft(
                "up",
                "--engine",
                "embedded",
                "--listen",
                "127.0.0.1:" + APPLIANCE.port(),
                "--data-dir",
                other.resolve("data").toString())
            .run();
    assertThat(output.exit()).as(output::toString).isEqualTo(1);
    assertThat(lastLine(output)).contains(Integer.toString(APPLIANCE.port()));
  }

  /// `up` says how far it has come before it says why it goes no further.
  private static String lastLine(Command.Output output) {
    assertThat(output.err()).doesNotContain("\tat ");
    return output.err().strip().lines().reduce("", (_, line) -> line);
  }

  @Test
  void refusesADataDirectoryInUse() {
    Command.Output output =
        APPLIANCE
            .croft("up", "--engine", "embedded", "--listen", "127.0.0.1:" + Distribution.freePort())
            .run();
    assertThat(oneLine(output, 1))
        .contains(APPLIANCE.dataDirectory().toString())
        .contains(Long.toString(APPLIANCE.process().pid()));
  }

  @Test
  void refusesADataDirectoryOfAnotherVersion(@TempDir Path other) throws Exception {
    Files.writeString(other.resolve("format"), "99\n");
    Command.Output output =
        Distribution.croft("up", "--engine", "embedded", "--data-dir", other.toString()).run();
    assertThat(oneLine(output, 1)).contains(other.toString()).contains("99");
  }

  @Test
  void refusesADirectoryThatIsSomeoneElses(@TempDir Path other) throws Exception {
    Files.writeString(other.resolve("thesis.txt"), "dear");
    Command.Output output =
        Distribution.croft("up", "--engine", "embedded", "--data-dir", other.toString()).run();
    assertThat(oneLine(output, 1)).contains(other.toString()).contains("thesis.txt");
  }

  @Test
  void refusesADataDirectoryWithoutPermission() {
    // Root may write nearly everywhere, but the kernel's own file system takes no directories.
    Command.Output output =
        Distribution.croft(
                "up", "--engine", "embedded", "--data-dir", "/sys/kernel/croft-smoke-test")
            .run();
    assertThat(oneLine(output, output.exit())).contains("/sys/kernel");
    assertThat(output.exit()).isIn(1, 4);
  }

  @Test
  void refusesTheDataDirectoryOfAnotherUser(@TempDir Path other) throws Exception {
    assumeThat(System.getProperty("user.name"))
        .as("only root can become someone")
        .isEqualTo("root");
    assumeThat(Path.of("/usr/bin/setpriv")).exists();
    var probe =
        Command.of(
            "/usr/bin/setpriv",
            "--reuid=65534",
            "--clear-groups",
            Distribution.program().toString(),
            "version");
    assumeThat(probe.run().exit()).as("nobody can read the distribution").isZero();

    Files.setPosixFilePermissions(other, PosixFilePermissions.fromString("rwx------"));
    Command up = Distribution.croft("up", "--engine", "embedded", "--data-dir", other.toString());
    var line = new ArrayList<>(probe.line().subList(0, 3));
    line.addAll(up.line());
    Command.Output output = new Command(line, Map.of("HOME", "/nonexistent"), "").run();
    assertThat(oneLine(output, 4)).contains(other.toString());
  }

  @Test
  void saysWhereAnInvalidDefinitionIsWrong() throws Exception {
    try (Api api = APPLIANCE.api()) {
      Api.Answer answer =
          api.post(
              "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
              """
              {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition",
               "metadata":{"name":"wrong.example.com"},
               "spec":{"group":"example.com","scope":"Namespaced",
                "names":{"kind":"Widget","plural":"widgets"},
                "versions":[{"name":"v1","served":true,"storage":true,
                 "schema":{"openAPIV3Schema":{"properties":{"spec":{"type":"strange"}}}}}]}}
              """);
      status(answer, 422, "Invalid");
      assertThat(answer.json().at("/details/causes").findValuesAsText("field"))
          .contains("metadata.name")
          .anyMatch(field -> field.startsWith("spec.versions[0].schema.openAPIV3Schema"));
    }
  }

  @Test
  void refusesABodyOfTenMegabytes() throws Exception {
    try (Api api = APPLIANCE.api()) {
      status(
          api.post(CONFIG_MAPS, Manifests.configMap("default", "big", "k", "x".repeat(10 << 20))),
          413,
          "RequestEntityTooLarge");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"apiVersion\":\"v1\",",
        "[]",
        "nonsense",
        "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"a\"}}"
      })
  void refusesABodyThatIsNoConfigMap(String body) throws Exception {
    try (Api api = APPLIANCE.api()) {
      status(api.post(CONFIG_MAPS, body), 400, "BadRequest");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/api/v1/namespaces/default/configmaps/none | 404 | NotFound",
        "/api/v1/nothing | 404 | NotFound",
        "/apis/none.example.com/v1/widgets | 404 | NotFound",
        "/api/v1/configmaps?labelSelector=%21%21 | 400 | BadRequest",
        "/api/v1/configmaps?limit=x | 400 | BadRequest",
        "/api/v1/configmaps?continue=x | 400 | BadRequest",
        "/api/v1/configmaps?watch=1&resourceVersion=x | 400 | BadRequest"
      })
  void answersAWrongRequestWithAStatus(String path, int code, String reason) throws Exception {
    try (Api api = APPLIANCE.api()) {
      status(api.get(path), code, reason);
    }
  }

  @Test
  void refusesACallerWithoutACertificate() throws Exception {
    try (Api api = new Api(APPLIANCE.server(), APPLIANCE.identity().anonymous())) {
      status(api.get(CONFIG_MAPS), 401, "Unauthorized");
    }
  }

  @Test
  void refusesACertificateFromElsewhere(@TempDir Path directory) throws Exception {
    Path store = directory.resolve("other.p12");
    Command.of(
            Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
            "-genkeypair",
            "-alias",
            "user",
            "-keyalg",
            "EC",
            "-dname",
            "CN=kubernetes-admin,O=system:masters",
            "-storetype",
            "PKCS12",
            "-storepass",
            "changeit",
            "-keystore",
            store.toString())
        .run()
        .succeeded();
    try (Api api = new Api(APPLIANCE.server(), APPLIANCE.identity().with(store))) {
      assertThat(codeOrRefusal(api)).isIn("401", "refused");
    }
  }

  private static String codeOrRefusal(Api api) throws InterruptedException {
    try {
      return Integer.toString(api.get(CONFIG_MAPS).status());
    } catch (IOException e) {
      return "refused"; // in the handshake
    }
  }

  @Test
  void closesConnectionsThatSpeakNoTls() throws Exception {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), APPLIANCE.port())) {
      socket.setSoTimeout(30_000);
      socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1))
          .doesNotContain("200 OK");
    }
    eventually(
        "still ready",
        () -> {
          try (Api api = APPLIANCE.api()) {
            return Appliance.ready(api);
          }
        });
  }

  private static void status(Api.Answer answer, int code, String reason) {
    assertThat(answer.status()).as(answer.body()).isEqualTo(code);
    assertThat(answer.json().path("kind").asText()).isEqualTo("Status");
    assertThat(answer.json().path("reason").asText()).isEqualTo(reason);
    assertThat(answer.json().path("message").asText()).isNotBlank();
    assertThat(answer.json().path("code").asInt()).isEqualTo(code);
  }
}
