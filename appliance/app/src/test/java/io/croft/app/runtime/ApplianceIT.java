package io.croft.app.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.app.client.ApplianceClient;
import io.croft.app.config.Configuration;
import io.croft.base.ComponentState;
import io.croft.base.ComponentStatus;
import io.croft.base.DataDirectoryException;
import io.croft.base.LifecycleException;
import io.croft.base.Settings.Given;
import io.croft.base.Settings.Origin;
import io.croft.model.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApplianceIT {
  private static final String CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
  private static final String SECRETS = "/api/v1/namespaces/default/secrets";

  @TempDir Path directory;

  private final List<ComponentStatus> changes = new CopyOnWriteArrayList<>();

  @Test
  void servesOnceStartedAndKeepsWhatItWasTold() throws Exception {
    try (var appliance = open("127.0.0.1:0");
        var client = client(appliance.start())) {
      assertThat(client.isReady()).isTrue();
      client.write("POST", CONFIG_MAPS, "application/json", object("ConfigMap", "kept"));
    }
    try (var appliance = open("127.0.0.1:0");
        var client = client(appliance.start())) {
      assertThat(client.read(CONFIG_MAPS + "/kept").at("/data/some").asText()).isEqualTo("data");
    }
  }

  @Test
  void isReachedOnThisMachineWhenItListensEverywhere() throws Exception {
    try (var appliance = open("0.0.0.0:0");
        var client = client(appliance.start())) {
      assertThat(client.isReady()).isTrue();
    }
  }

  @Test
  void startsEveryComponentInOrderAndStopsThemInReverse() throws Exception {
    try (var appliance = open("127.0.0.1:0")) {
      appliance.start();
    }

    List<String> started = names(ComponentState.RUNNING);
    assertThat(started)
        .startsWith("store", "pki", "audit", "succession", "engine-switch", "apiserver")
        .endsWith("gateway");
    assertThat(names(ComponentState.STOPPED)).isEqualTo(started.reversed());
  }

  @Test
  void showsItsComponentsAsResources() throws Exception {
    try (var appliance = open("127.0.0.1:0");
        var client = client(appliance.start())) {
      ObjectNode list = client.read("/apis/appliance.croft.io/v1alpha1/appliancecomponents");

      assertThat(list.path("items").findValuesAsText("state"))
          .hasSizeGreaterThan(4)
          .containsOnly("Running");
    }
  }

  @Test
  void leavesAKubeconfigForItsOwnerOnly() throws Exception {
    try (var appliance = open("127.0.0.1:0")) {
      Endpoint endpoint = appliance.start();

      Path kubeconfig = directory.resolve("admin.kubeconfig");
      assertThat(Files.readString(kubeconfig)).contains("server: '" + endpoint.url() + "'");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(kubeconfig)))
          .isEqualTo("rw-------");
    }
  }

  @Test
  void refusesADataDirectoryInUse() throws Exception {
    try (var appliance = open("127.0.0.1:0")) {
      appliance.start();

      assertThatThrownBy(() -> open("127.0.0.1:0"))
          .isInstanceOf(DataDirectoryException.class)
          .hasMessageContaining("is in use by the croft process with pid");
    }
  }

  @Test
  void namesAnOccupiedPortAndLeavesNothingRunning() throws Exception {
    try (var occupant = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        var appliance = open("127.0.0.1:" + occupant.getLocalPort())) {
      assertThatThrownBy(appliance::start)
          .isInstanceOf(LifecycleException.class)
          .hasMessageContaining("gateway: port " + occupant.getLocalPort() + " on 127.0.0.1")
          .hasMessageContaining("choose another with --listen");
      assertThat(names(ComponentState.STOPPED)).contains("store", "apiserver");
    }
  }

  @Test
  void storesNoSecretInTheClear() throws Exception {
    try (var appliance = open("127.0.0.1:0");
        var client = client(appliance.start())) {
      ObjectNode secret = object("Secret", "sealed");
      secret.remove("data");
      secret.putObject("stringData").put("password", "correct horse battery staple");
      client.write("POST", SECRETS, "application/json", secret);
    }

    try (var files = Files.walk(directory)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
            .as(file.toString())
            .doesNotContain("correct horse")
            .doesNotContain("Y29ycmVjdCBob3Jz"); // the same in Base64
      }
    }
  }

  @Test
  void refusesToMakeAnotherKeyForSecretsThatAreThere() throws Exception {
    try (Appliance appliance = open("127.0.0.1:0");
        ApplianceClient client = client(appliance.start())) {
      client.write("POST", SECRETS, "application/json", object("Secret", "sealed"));
    }
    Files.delete(directory.resolve("secrets.key"));

    assertThatThrownBy(() -> open("127.0.0.1:0"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("secrets.key is missing")
        .hasMessageContaining("restore it from a backup");
  }

  @Test
  void makesAKeyForAStoreThatHasNoSecrets() throws Exception {
    Stores.create(directory, store -> store.revision());
    open("127.0.0.1:0").close();
    assertThat(directory.resolve("secrets.key")).exists();
  }

  private Appliance open(String listen) throws Exception {
    var flags =
        Map.of("croft.data-dir", given(directory.toString()), "croft.listen", given(listen));
    return Appliance.open(Configuration.load(flags, null, Map.of()), changes::add);
  }

  private ApplianceClient client(Endpoint endpoint) throws Exception {
    return ApplianceClient.open(directory.resolve("pki"), endpoint);
  }

  private List<String> names(ComponentState state) {
    return changes.stream()
        .filter(status -> status.state() == state)
        .map(ComponentStatus::name)
        .toList();
  }

  private static Given given(String text) {
    return new Given(text, new Origin.Flag("--test"));
  }

  private static ObjectNode object(String kind, String name) {
    ObjectNode object = Json.object().put("apiVersion", "v1").put("kind", kind);
    object.putObject("metadata").put("name", name);
    object.putObject("data").put("some", "data");
    return object;
  }
}
