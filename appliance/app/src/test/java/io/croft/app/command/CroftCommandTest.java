package io.croft.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class CroftCommandTest {
  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "up --lisen x          | unknown option --lisen, did you mean --listen? (see: croft up"
            + " --help)",
        "stats                 | unknown command stats, did you mean status? (see: croft --help)",
        "version extra         | unknown argument extra (see: croft version --help)",
        "up --listen           | missing required parameter for option '--listen' (HOST:PORT) (see:"
            + " croft up --help)",
        "up --engine external  | engine external is not served by this version; use --engine"
            + " embedded, k3s or auto",
        "kubeconfig --group a  | --group needs --user",
        "store serve           | --cert and --key are needed, or --insecure on a loopback address",
        "store serve --insecure --listen 0.0.0.0:0 | --insecure needs a loopback address, which"
            + " 0.0.0.0:0 is not",
        "store serve --insecure --cert x | --insecure is for plain text; leave out --cert, --key"
            + " and --trusted-ca",
        "store restore --bump 0 x | --bump must be 1 to 1000000000000, not 0",
        "store restore --bump 9223372036854775807 x | --bump must be 1 to 1000000000000, not"
            + " 9223372036854775807",
        "store serve --listen 0.0.0.0:0 --cert x --key y | --trusted-ca is needed where others"
            + " than this machine reach 0.0.0.0:0",
        "store import         | FILE is needed, or --from",
        "store snapshot        | missing required parameter: 'FILE' (see: croft store snapshot"
            + " --help)",
        "token create --role boss | --role must be agent, server or edge, not boss",
        "join --role boss       | --role must be agent, server or edge, not boss",
        "join --token nonsense  | this is no join token (those begin with \"croft1.\"); make one:"
            + " croft token create",
        "bundle                | a command is missing: create or verify (see: croft bundle --help)",
        "config                | a command is missing: show or validate (see: croft config --help)",
      })
  void answersWrongUsageWithOneLineAndCode2(String arguments, String line) {
    var result = Call.croft(arguments.split(" "));

    assertThat(result.err()).isEqualTo("croft: " + line + "\n");
    assertThat(result.out()).isEmpty();
    assertThat(result.code()).isEqualTo(2);
  }

  @Test
  void namesThePlaceOfABadSetting() {
    var result = Call.croft("up", "--listen", "8443");

    assertThat(result.err())
        .isEqualTo(
            "croft: option --listen: croft.listen: bad value \"8443\": expected HOST:PORT, such as"
                + " 0.0.0.0:8443\n");
    assertThat(result.code()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"--version", "version"})
  void saysWhichCroftItIs(String argument) {
    var result = Call.croft(argument);

    assertThat(result.out()).matches("croft \\S+ \\(.*, Java 25.*\\)\n");
    assertThat(result.code()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "help", "--help"})
  void helpsWhoeverDoesNotKnowWhatToType(String argument) {
    var result = argument.isEmpty() ? Call.croft() : Call.croft(argument);

    assertThat(result.out()).contains("Usage: croft", "status", "Example:");
    assertThat(result.code()).isZero();
  }

  @Test
  void isNotReadyWhenNothingRuns() {
    var result = Call.croft("status", "--data-dir", directory.toString());

    assertThat(result.err())
        .isEqualTo(
            "croft: not running (data directory %s); start it: croft up\n".formatted(directory));
    assertThat(result.code()).isEqualTo(3);
  }

  @Test
  void doesNotBeginAControlPlaneWhereAHostHasJoinedAsAgent() throws Exception {
    Path node = Files.createDirectories(directory.resolve("node"));
    Files.writeString(directory.resolve("format"), "1\n");
    Files.writeString(
        node.resolve("node.json"),
        "{\"server\": \"https://site.example:8443\", \"name\": \"a\", \"role\": \"agent\"}");

    var result = Call.croft("up", "--data-dir", directory.toString());

    // An agent begins, which is not whole here.
    assertThat(result.err())
        .isEqualTo("croft: %s does not exist\n".formatted(node.resolve("authorities.pem")));
    assertThat(result.code()).isEqualTo(1);
    assertThat(directory.resolve("pki")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"agent", "server"})
  void doesNotJoinWithADataDirectoryOfAnApplianceButAsEdge(String role) throws Exception {
    Files.createDirectories(directory.resolve("pki"));
    Files.writeString(directory.resolve("format"), "1\n");

    var result = Call.croft("join", "--role", role, "--data-dir", directory.toString());

    assertThat(result.err()).containsAnyOf("an appliance has the data directory", "no host joins");
    assertThat(result.code()).isEqualTo(2);
    assertThat(Call.croft("join", "--role", "edge", "--data-dir", directory.toString()).err())
        .contains("this host has not joined yet");
  }

  @Test
  void isDoneWhenThereIsNothingToStop() {
    var result = Call.croft("down", "--data-dir", directory.toString());

    assertThat(result.out()).contains("not running");
    assertThat(result.code()).isZero();
  }

  @Test
  void hasNoKubeconfigBeforeTheFirstStart() {
    var result = Call.croft("kubeconfig", "--data-dir", directory.toString());

    assertThat(result.err()).startsWith("croft: no appliance was ever started with data directory");
    assertThat(result.code()).isEqualTo(1);
  }

  @Test
  void refusesADataDirectoryOfSomethingElse() throws Exception {
    Files.writeString(directory.resolve("thesis.txt"), "precious");
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));

    var result = Call.croft("up", "--data-dir", directory.toString());

    assertThat(result.err()).contains("is no data directory of croft").doesNotContain("\tat ");
    assertThat(result.code()).isEqualTo(1);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
        .isEqualTo("rwxr-xr-x");
  }

  @Test
  void showsTheStackTraceOnlyOnDemand() throws Exception {
    Files.writeString(directory.resolve("thesis.txt"), "precious");

    var result = Call.croft("up", "--verbose", "--data-dir", directory.toString());

    assertThat(result.err()).contains("\tat io.croft.base.DataDirectory");
  }

  @Test
  void showsSettingsAndWhereTheyComeFrom() throws Exception {
    Files.writeString(directory.resolve("config.yaml"), "listen: 127.0.0.1:9\n");

    var table = Call.croft("config", "show", "--data-dir", directory.toString());
    var json = Call.croft("config", "show", "-o", "json", "--data-dir", directory.toString());

    assertThat(table.out())
        .containsPattern("croft.listen +127.0.0.1:9 +" + directory + "/config.yaml:1\n")
        .containsPattern("croft.engine +auto +default\n");
    assertThat(Json.parse(json.out().getBytes(StandardCharsets.UTF_8)).findValuesAsText("key"))
        .containsExactly(
            "croft.data-dir",
            "croft.listen",
            "croft.names",
            "croft.engine",
            "croft.k3s",
            "croft.k3s-port",
            "croft.k3s-agent",
            "croft.k3s-version",
            "croft.k3s-sha256",
            "croft.k3s-mirror",
            "croft.services.cidr",
            "croft.services.node-ports",
            "croft.apiserver.max-requests-inflight",
            "croft.apiserver.max-mutating-requests-inflight",
            "croft.acme.http01.listen",
            "croft.certificates.approve",
            "croft.certificates.approve-signers",
            "croft.pki.overlap",
            "croft.pki.url",
            "croft.pki.key-encryption",
            "croft.pki.passphrase-file",
            "croft.audit.policy-file",
            "croft.audit.webhook.url",
            "croft.audit.webhook.ca-file",
            "croft.audit.webhook.token-file",
            "croft.limits.requests-per-user",
            "croft.limits.requests-per-address",
            "croft.limits.connections",
            "croft.gateway.access-log",
            "croft.tracing.endpoint",
            "croft.tracing.percent",
            "croft.routes.local-backends",
            "croft.routes.own-names",
            "croft.fleet.certificate-life",
            "croft.authentication.config",
            "croft.authorization.config",
            "croft.identity.directories",
            "croft.identity.issuer");
  }

  @Test
  void validatesAFile() throws Exception {
    Path file = directory.resolve("some.yaml");
    Files.writeString(file, "listen: 127.0.0.1:9\nlisten: 127.0.0.1:9\n");

    var bad = Call.croft("config", "validate", file.toString());
    Files.writeString(file, "listen: 127.0.0.1:9\n");
    var good = Call.croft("config", "validate", file.toString());

    assertThat(bad.err())
        .isEqualTo("croft: %s:2: croft.listen is already set at %s:1\n".formatted(file, file));
    assertThat(bad.code()).isEqualTo(2);
    assertThat(good.out()).isEqualTo(file + " is valid\n");
    assertThat(good.code()).isZero();
  }

  @Test
  void tellsItsVersion() throws Exception {
    ObjectNode version =
        Json.parseObject(
            Call.croft("version", "-o", "json").out().getBytes(StandardCharsets.UTF_8));

    assertThat(version.path("version").asText()).matches("\\d+\\.\\d+\\.\\d+.*");
    assertThat(Call.croft("version").out()).startsWith("croft " + version.path("version").asText());
  }

  @ParameterizedTest
  @ValueSource(strings = {"bash", "zsh"})
  void printsACompletionScript(String shell) {
    assertThat(Call.croft("completion", shell).out()).contains("complete -F _complete_croft");
  }

  @Test
  void readsNoMoreThanTheCommandThatIsCalled() {
    for (String name : CroftCommand.commandLine(Call.SILENT).getSubcommands().keySet()) {
      if (!name.equals("completion") && !name.equals("help")) {
        assertThat(CroftCommand.commandLine(Call.SILENT, name).getSubcommands())
            .containsOnlyKeys(name, "help");
      }
    }
  }

  @Test
  void helpsWithEveryCommand() {
    CommandLine croft = CroftCommand.commandLine(Call.SILENT);

    assertThat(croft.getSubcommands().keySet())
        .containsExactlyInAnyOrder(
            "up",
            "down",
            "status",
            "doctor",
            "logs",
            "support-bundle",
            "join",
            "promote",
            "node",
            "kubeconfig",
            "config",
            "store",
            "bundle",
            "cert",
            "user",
            "login",
            "token",
            "logout",
            "version",
            "completion",
            "help");
    assertHelp(croft);
  }

  private static void assertHelp(CommandLine command) {
    String[] words = command.getCommandSpec().qualifiedName().split(" ");
    String[] arguments = Arrays.copyOfRange(words, 1, words.length + 1);
    arguments[words.length - 1] = "--help";
    var result = Call.croft(arguments);
    assertThat(result.code()).isZero();
    assertThat(result.out()).contains("Example", "--data-dir", "--verbose");
    command.getSubcommands().values().stream()
        .filter(subcommand -> !(subcommand.getCommand() instanceof CommandLine.HelpCommand))
        .forEach(CroftCommandTest::assertHelp);
  }
}
