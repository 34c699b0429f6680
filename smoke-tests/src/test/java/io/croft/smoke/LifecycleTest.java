package io.croft.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Starting, looking and stopping, as scripts do it.
class LifecycleTest {
  /// Where nothing runs yet; tests start it by the command line.
  private final Appliance appliance = new Appliance();

  @AfterEach
  void close() throws Exception {
    appliance.croft("down").run();
    appliance.close();
  }

  private Command.Output upDetached() {
    return appliance
        .croft("up", "--detach", "--listen", "127.0.0.1:" + appliance.port())
        .run()
        .succeeded();
  }

  @Test
  void runsInTheBackgroundFromUpToDown() {
    appliance.croft("status").run().exited(3);

    upDetached();
    assertThat(appliance.croft("status").run().succeeded().text().lines().toList())
        .hasSizeGreaterThan(1)
        .first()
        .asString()
        .matches("(?i)(component|name) +state +since +restarts +last error.*");

    appliance.croft("down").run().succeeded();
    appliance.croft("status").run().exited(3);
    appliance.croft("down").run().succeeded();
  }

  @Test
  void reportsItsComponentsAsJson() throws Exception {
    upDetached();
    JsonNode status =
        Api.MAPPER.readTree(appliance.croft("status", "-o", "json").run().succeeded().out());
    assertThat(status.findValuesAsText("name")).contains("store", "pki", "gateway");
    assertThat(status.findValuesAsText("state")).isNotEmpty();
    assertThat(status.path("heapLimitBytes").asLong()).isBetween(64L << 20, 384L << 20);
    assertThat(status.path("directLimitBytes").isIntegralNumber()).isTrue();
  }

  @Test
  void findsItsDataAfterASecondStart() throws Exception {
    upDetached();
    try (Api api = appliance.api()) {
      assertThat(create(api).status()).isEqualTo(201);
    }
    appliance.croft("down").run().succeeded();

    upDetached();
    try (Api api = appliance.api()) {
      assertThat(api.get("/api/v1/namespaces/default/configmaps/a").json().at("/data/k").asText())
          .isEqualTo("kept");
    }
  }

  private static Api.Answer create(Api api) throws Exception {
    return api.post(
        "/api/v1/namespaces/default/configmaps", Manifests.configMap("default", "a", "k", "kept"));
  }

  @Test
  void endsInOrderOnSigterm() throws Exception {
    appliance.start();
    try (Api api = appliance.api()) {
      create(api);
    }
    assertThat(appliance.terminate()).isIn(0, 143);
    assertThat(appliance.log()).doesNotContain("Exception");
  }

  @Test
  void letsNobodyElseReadItsState() throws Exception {
    upDetached();
    try (Stream<Path> all = Files.walk(appliance.dataDirectory())) {
      for (Path path : all.filter(p -> !p.equals(appliance.dataDirectory())).toList()) {
        // The directory itself keeps others out; within it, what looks like a key must, too.
        if (path.toString().contains("key")) {
          assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
              .as(path.toString())
              .endsWith("------");
        }
      }
    }
    assertThat(
            PosixFilePermissions.toString(Files.getPosixFilePermissions(appliance.dataDirectory())))
        .isEqualTo("rwx------");
  }

  @Test
  void printsItsVersionAndHelp() {
    assertThat(Distribution.croft("version").run().succeeded().text()).contains("0.1.0");
    assertThat(Distribution.croft("--help").run().succeeded().text())
        .contains("up", "down", "status", "kubeconfig");
    assertThat(Distribution.croft("up", "--help").run().succeeded().text())
        .contains("--detach", "--listen", "--data-dir", "Example");
  }
}
