package io.croft.fleet.agent.component;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.croft.base.AtomicFiles;
import io.croft.base.Sha256;
import io.croft.fleet.TestSite;
import io.croft.fleet.kinds.Assignment;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.model.ApiObject;
import io.croft.model.Yaml;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What components get from URLs.
class StagesTest {
  private static final byte[] SCRIPT = "exit 0".getBytes(StandardCharsets.UTF_8);

  @TempDir private Path directory;
  private final byte[] tool = new byte[300_000];
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final List<String> told = new CopyOnWriteArrayList<>();
  private volatile boolean missing;
  private TestSite site;
  private HttpServer server;

  @BeforeEach
  void start() throws Exception {
    new Random(1).nextBytes(tool);
    site = new TestSite(directory.resolve("site"));
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/tool", exchange -> answer(exchange, tool));
    server.createContext("/late", exchange -> answer(exchange, missing ? new byte[0] : SCRIPT));
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
    site.close();
  }

  private void answer(HttpExchange exchange, byte[] content) throws IOException {
    String range = exchange.getRequestHeaders().getFirst("Range");
    asked.add(exchange.getRequestURI() + (range == null ? "" : " " + range));
    int from = range == null ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
    int status = content.length == 0 ? 404 : range == null ? 200 : 206;
    exchange.sendResponseHeaders(status, content.length == 0 ? -1 : content.length - from);
    try (exchange;
        var body = exchange.getResponseBody()) {
      body.write(content, from, content.length - from);
    }
  }

  private String from(String path, String sha256) {
    return "{url: 'http://127.0.0.1:%d%s', sha256: '%s'}"
        .formatted(server.getAddress().getPort(), path, sha256);
  }

  private String tool() {
    return from("/tool", Sha256.hex(tool));
  }

  private Assignment component(String version, String files) throws Exception {
    return component(version, "script: 'exit 0'", files);
  }

  private Assignment component(String version, String check, String files) throws Exception {
    String yaml =
        """
        apiVersion: fleet.croft.io/v1alpha1
        kind: MachineComponent
        metadata: {name: tool-%1$s}
        spec: {component: tool, version: "%1$s", install: {script: 'exit 0'}, check: {%2$s}, files: [%3$s]}
        """
            .formatted(version, check, files);
    site.client.create(
        FleetKinds.COMPONENTS,
        ApiObject.of((ObjectNode) Yaml.parse(yaml.getBytes(StandardCharsets.UTF_8))));
    return new Assignment("tool", version, false, "tools", 1);
  }

  private Path home() throws IOException {
    Path home = directory.resolve("tool");
    AtomicFiles.ensurePrivateDirectory(home);
    return home;
  }

  private Path fetch(Assignment told) throws Exception {
    return fetch(told, this.told::add);
  }

  private Path fetch(Assignment told, Consumer<String> progress) throws Exception {
    return home().resolve(new Stages(site.client).fetch(told, home(), progress));
  }

  private Path part() throws IOException {
    return home().resolve("downloads/" + Sha256.hex(tool) + ".part");
  }

  @Test
  void filesAndScriptsComeFromUrls() throws Exception {
    Path stage =
        fetch(
            component(
                "1",
                "scriptFrom: " + from("/late", Sha256.hex(SCRIPT)),
                "{name: a, executable: true, contentFrom: %1$s}, {name: b, contentFrom: %1$s}"
                    .formatted(tool())));

    assertThat(Files.readAllBytes(stage.resolve("check"))).isEqualTo(SCRIPT);
    assertThat(Files.readAllBytes(stage.resolve("files/a"))).isEqualTo(tool);
    assertThat(Files.readAllBytes(stage.resolve("files/b"))).isEqualTo(tool);
    assertThat(Files.getPosixFilePermissions(stage.resolve("check")))
        .isEqualTo(AtomicFiles.PRIVATE_DIRECTORY);
    assertThat(Files.getPosixFilePermissions(stage.resolve("files/a")))
        .isEqualTo(AtomicFiles.PRIVATE_DIRECTORY);
    assertThat(Files.getPosixFilePermissions(stage.resolve("files/b")))
        .isEqualTo(AtomicFiles.SECRET);
    assertThat(asked).containsExactly("/late", "/tool");
    assertThat(told)
        .containsExactly(
            "fetching check from 127.0.0.1:" + server.getAddress().getPort(),
            "fetching a from 127.0.0.1:" + server.getAddress().getPort());
  }

  @Test
  void whatHadArrivedBeforeAKillIsNotFetchedAgain() throws Exception {
    Assignment one = component("1", "{name: a, contentFrom: %s}".formatted(tool()));
    Files.createDirectories(part().getParent());
    Files.write(part(), Arrays.copyOf(tool, 250_000));
    Files.createDirectories(home().resolve("partial/files"));

    Path stage = fetch(one);
    assertThat(Files.readAllBytes(stage.resolve("files/a"))).isEqualTo(tool);
    Stages.delete(stage);
    assertThat(Files.readAllBytes(fetch(one).resolve("files/a"))).isEqualTo(tool);
    assertThat(asked).containsExactly("/tool bytes=250000-");
  }

  @Test
  void whatHasArrivedWaitsForTheOthers() throws Exception {
    missing = true;
    Assignment one =
        component(
            "1",
            "{name: a, contentFrom: %s}, {name: b, contentFrom: %s}"
                .formatted(tool(), from("/late", Sha256.hex(SCRIPT))));
    assertThatThrownBy(() -> fetch(one))
        .isInstanceOf(StageException.class)
        .hasMessage(
            "spec.files[b] cannot be fetched from 127.0.0.1:%d: the answer is 404",
            server.getAddress().getPort());
    missing = false;

    assertThat(Files.readAllBytes(fetch(one).resolve("files/b"))).isEqualTo(SCRIPT);
    assertThat(asked).containsExactly("/tool", "/late", "/late");
  }

  @Test
  void anotherVersionWithTheSameFileTakesItFromTheOneBefore() throws Exception {
    Path before = fetch(component("1", "{name: a, contentFrom: %s}".formatted(tool())));
    Path stage = fetch(component("2", "{name: b, contentFrom: %s}".formatted(tool())));
    assertThat(Files.readAllBytes(stage.resolve("files/b"))).isEqualTo(tool);
    assertThat(Files.readAllBytes(before.resolve("files/a"))).isEqualTo(tool);
    assertThat(asked).hasSize(1);

    Files.writeString(before.resolve("files/a"), "changed by a script");
    Files.writeString(stage.resolve("files/b"), "changed by a script");
    Path third = fetch(component("3", "{name: c, contentFrom: %s}".formatted(tool())));
    assertThat(Files.readAllBytes(third.resolve("files/c"))).isEqualTo(tool);
    assertThat(asked).hasSize(2);
  }

  @Test
  void anotherFileIsNotUsedAndNothingRemainsOfIt() throws Exception {
    String wanted = "a".repeat(64);
    Assignment one = component("1", "{name: a, contentFrom: %s}".formatted(from("/tool", wanted)));

    assertThatThrownBy(() -> fetch(one))
        .isInstanceOf(StageException.class)
        .hasMessage(
            "spec.files[a] has the SHA-256 %s, not %s; nothing was run", Sha256.hex(tool), wanted);
    assertThat(home().resolve("downloads")).isEmptyDirectory();
  }

  @Test
  void whoIsToldOtherwiseMeanwhileEndsItAndWhatNobodyNeedsGoes() throws Exception {
    Assignment one = component("1", "{name: a, contentFrom: %s}".formatted(tool()));
    Files.createDirectories(part().getParent());
    Files.write(part(), new byte[] {tool[0]});

    assertThatThrownBy(() ->
            fetch(
                one,
                _ -> {
                  throw new CancellationException();
                }))
        .isInstanceOf(CancellationException.class);
    assertThat(part()).exists();
    fetch(component("2", ""));
    assertThat(part()).doesNotExist();
    assertThat(asked).isEmpty();
  }

  @Test
  void aUrlThatCannotBeAskedIsAFailureWithItsField() throws Exception {
    Assignment one =
        component(
            "1",
            "{name: a, contentFrom: {url: 'http://example:99999/a', sha256: %s}}"
                .formatted("a".repeat(64)));
    assertThatThrownBy(() -> fetch(one))
        .isInstanceOf(StageException.class)
        .hasMessageStartingWith("spec.files[a]");
  }
}
