package io.croft.smoke;

import static io.croft.smoke.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `croft store`, as users of etcd and operators of an appliance call it.
class StoreServeTest {
  @TempDir Path directory;

  private static Command.Output etcdctl(StorePeer peer, String... arguments) {
    List<String> line =
        new ArrayList<>(List.of(Distribution.peer("etcdctl"), "--endpoints=" + peer.url()));
    line.addAll(List.of(arguments));
    return Command.of(line.toArray(String[]::new)).run();
  }

  private static StorePeer started() throws Exception {
    var peer = new StorePeer(StorePeer.Kind.CROFT);
    peer.launch();
    try (var client = new StoreClient(peer, 1)) {
      client.awaitReady(peer.process());
    }
    return peer;
  }

  @Test
  void servesEtcdctlAndKeepsWhatItWasTold() throws Exception {
    try (StorePeer peer = started()) {
      assertThat(etcdctl(peer, "put", "a", "1").succeeded().text()).isEqualTo("OK");
      peer.process().destroy();
      assertThat(peer.process().waitFor()).isZero();

      peer.launch();
      eventually("an answer", () -> etcdctl(peer, "endpoint", "health").exit() == 0);
      assertThat(etcdctl(peer, "get", "a").succeeded().text()).isEqualTo("a\n1");
    }
  }

  @Test
  void hasItsDirectoryToItself() throws Exception {
    try (StorePeer peer = started()) {
      for (String command : List.of("serve --insecure --listen 127.0.0.1:0", "check")) {
        var line = new ArrayList<>(List.of("store"));
        line.addAll(List.of(command.split(" ")));
        line.addAll(List.of("--data-dir", peer.dataDirectory().toString()));
        assertThat(Distribution.croft(line.toArray(String[]::new)).run().exited(1).err())
            .contains("is in use by the croft process with pid " + peer.process().pid());
      }
    }
  }

  @Test
  void copiesTheStoreOfARunningAppliance() throws Exception {
    try (var appliance = new Appliance()) {
      appliance.start();
      try (Api api = appliance.api()) {
        api.post(
            "/api/v1/namespaces/default/configmaps",
            Manifests.configMap("default", "kept", "k", "v"));
      }
      Path snapshot = directory.resolve("copy.snapshot");
      Path export = directory.resolve("copy.jsonl");
      appliance.croft("store", "snapshot", snapshot.toString()).run().succeeded();
      appliance
          .croft("store", "export", export.toString(), "--prefix", "/registry/configmaps/")
          .run()
          .succeeded();
      assertThat(Files.readString(export)).contains("/registry/configmaps/default/kept");
      assertThat(appliance.croft("store", "compact").run().succeeded().text())
          .startsWith("compacted at revision ");

      Path restored = directory.resolve("restored");
      Distribution.croft("store", "restore", snapshot.toString(), "--data-dir", restored.toString())
          .run()
          .succeeded();
      assertThat(
              Distribution.croft("store", "check", "--data-dir", restored.toString(), "-o", "json")
                  .run()
                  .succeeded()
                  .text())
          .contains("\"sound\" : true");
    }
  }

  @Test
  void takesOverWhatARunningEtcdHas() throws Exception {
    Distribution.peer("etcd");
    try (var etcd = new StorePeer(StorePeer.Kind.ETCD)) {
      etcd.launch();
      eventually("etcd", () -> etcdctl(etcd, "endpoint", "health").exit() == 0);
      for (int i = 0; i < 10; i++) {
        etcdctl(etcd, "put", "/registry/" + i, "value " + i).succeeded();
      }
      Path imported = directory.resolve("imported");

      assertThat(
              Distribution.croft(
                      "store", "import", "--from", etcd.url(), "--data-dir", imported.toString())
                  .run()
                  .succeeded()
                  .text())
          .isEqualTo(imported + ": 10 keys created, 0 replaced, 0 kept; 0 leases");
    }
  }

  @Test
  void givesASnapshotThatEtcdRestores() throws Exception {
    String etcdutl = Distribution.peer("etcdutl");
    Path snapshot = directory.resolve("for-etcd.db");
    try (StorePeer peer = started()) {
      etcdctl(peer, "put", "a", "1").succeeded();
      etcdctl(peer, "snapshot", "save", snapshot.toString()).succeeded();
    }
    assertThat(
            Command.of(etcdutl, "snapshot", "status", snapshot.toString()).run().succeeded().out())
        .matches("[0-9a-f]+, 2, .*\n");
    Command.of(
            etcdutl,
            "snapshot",
            "restore",
            snapshot.toString(),
            "--data-dir=" + directory.resolve("etcd"))
        .run()
        .succeeded();
  }

  @Test
  @Tag("S52")
  void runsEtcdctlsCheckOfPerformance() throws Exception {
    assumeTrue(Boolean.getBoolean("croft.store.perf"), "takes a minute; -Dcroft.store.perf=true");
    try (StorePeer peer = started()) {
      // The verdicts depend on the machine's other work; that it runs to its end does not.
      assertThat(etcdctl(peer, "check", "perf", "--load=s").out()).contains("Throughput");
    }
  }
}
