package io.croft.smoke;

import static io.croft.smoke.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseSpec;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.MixedOperation;
import io.fabric8.kubernetes.client.dsl.NonDeletingOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElectionConfigBuilder;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElector;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaseLock;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The Fabric8 client does what it does elsewhere.
class Fabric8Test {
  @RegisterExtension static final Appliance APPLIANCE = new Appliance();

  private final KubernetesClient client =
      new KubernetesClientBuilder()
          .withConfig(Config.fromKubeconfig(APPLIANCE.kubeconfig().toFile()))
          .build();

  @BeforeEach
  void createTheNamespace() {
    client
        .resource(new NamespaceBuilder().withNewMetadata().withName("shop").endMetadata().build())
        .createOr(NonDeletingOperation::update);
  }

  @AfterEach
  void close() {
    client.configMaps().inNamespace("shop").delete();
    client.close();
  }

  private static ConfigMap configMap(String name, String colour) {
    return new ConfigMapBuilder()
        .withNewMetadata()
        .withName(name)
        .withNamespace("shop")
        .addToLabels("app", "web")
        .endMetadata()
        .addToData("colour", colour)
        .build();
  }

  @Test
  void createsReadsListsUpdatesAndDeletes() {
    ConfigMap created = client.resource(configMap("a", "red")).create();
    assertThat(created.getMetadata().getUid()).isNotBlank();
    client.resource(configMap("b", "red")).create();

    created.getData().put("colour", "blue");
    client.resource(created).update();
    assertThat(client.configMaps().inNamespace("shop").withName("a").get().getData())
        .isEqualTo(Map.of("colour", "blue"));
    assertThat(client.configMaps().inNamespace("shop").withLabel("app", "web").list().getItems())
        .extracting(item -> item.getMetadata().getName())
        .containsExactly("a", "b");

    client.configMaps().inNamespace("shop").withName("a").delete();
    assertThat(client.configMaps().inNamespace("shop").withName("a").get()).isNull();
  }

  @Test
  void isToldOfAConflict() {
    ConfigMap stale = client.resource(configMap("a", "red")).create();
    client
        .configMaps()
        .inNamespace("shop")
        .withName("a")
        .edit(map -> new ConfigMapBuilder(map).addToData("colour", "green").build());

    stale.getData().put("colour", "blue");
    assertThatExceptionOfType(KubernetesClientException.class)
        .isThrownBy(() -> client.resource(stale).update())
        .satisfies(e -> assertThat(e.getCode()).isEqualTo(409))
        .satisfies(e -> assertThat(e.getStatus().getReason()).isEqualTo("Conflict"));
  }

  @Test
  void watches() throws Exception {
    List<String> events = new CopyOnWriteArrayList<>();
    try (Watch _ = client.configMaps().inNamespace("shop").watch(recorder(events))) {
      client.resource(configMap("a", "red")).create();
      client
          .configMaps()
          .inNamespace("shop")
          .withName("a")
          .edit(map -> new ConfigMapBuilder(map).addToData("colour", "green").build());
      client.configMaps().inNamespace("shop").withName("a").delete();
      eventually("three events of a", () -> ofA(events).size() == 3);
    }
    assertThat(ofA(events)).containsExactly("ADDED a red", "MODIFIED a green", "DELETED a green");
  }

  /// The cluster may put config maps of its own into a namespace.
  private static List<String> ofA(List<String> events) {
    return events.stream().filter(event -> event.contains(" a ")).toList();
  }

  private static Watcher<ConfigMap> recorder(List<String> events) {
    return new Watcher<>() {
      @Override
      public void eventReceived(Action action, ConfigMap map) {
        String name = map.getMetadata().getName();
        String colour = map.getData() == null ? "" : map.getData().get("colour");
        events.add(action + " " + name + " " + colour);
      }

      @Override
      public void onClose(WatcherException cause) {
        events.add("closed " + cause);
      }
    };
  }

  @Test
  void keepsAnInformerInStep() throws Exception {
    client.resource(configMap("a", "red")).create();
    try (SharedIndexInformer<ConfigMap> informer =
        client.configMaps().inNamespace("shop").withLabel("app", "web").inform()) {
      assertThat(informer.getIndexer().list()).hasSize(1);
      client.resource(configMap("b", "red")).create();
      eventually("b is there", () -> informer.getIndexer().getByKey("shop/b") != null);
      client.resource(configMap("a", "red")).delete();
      eventually("a is gone", () -> informer.getIndexer().getByKey("shop/a") == null);
    }
  }

  @Test
  void electsOneLeaderAfterTheOther() throws Exception {
    List<String> leaders = new CopyOnWriteArrayList<>();
    CompletableFuture<?> a = elector("a", leaders).start();
    eventually("a leads", () -> leaders.contains("a"));
    CompletableFuture<?> b = elector("b", leaders).start();
    try {
      assertThat(client.leases().inNamespace("shop").withName("till").get().getSpec())
          .extracting(LeaseSpec::getHolderIdentity)
          .isEqualTo("a");
      a.cancel(true);
      eventually("b leads", () -> leaders.contains("b"));
    } finally {
      b.cancel(true);
    }
    assertThat(leaders).containsExactly("a", "b");
  }

  private LeaderElector elector(String name, List<String> leaders) {
    var callbacks = new LeaderCallbacks(() -> leaders.add(name), () -> {}, leader -> {});
    return client
        .leaderElector()
        .withConfig(
            new LeaderElectionConfigBuilder()
                .withName("till")
                .withLeaseDuration(Duration.ofSeconds(60))
                .withRenewDeadline(Duration.ofSeconds(40))
                .withRetryPeriod(Duration.ofMillis(200))
                .withReleaseOnCancel(true)
                .withLock(new LeaseLock("shop", "till", name))
                .withLeaderCallbacks(callbacks)
                .build())
        .build();
  }

  @Test
  void worksWithACustomResource() throws Exception {
    client.resource(stream(Manifests.WIDGET_CRD)).createOr(NonDeletingOperation::update);
    eventually(
        "the definition is established",
        () ->
            client
                .apiextensions()
                .v1()
                .customResourceDefinitions()
                .withName("widgets.example.com")
                .get()
                .getStatus()
                .getConditions()
                .stream()
                .anyMatch(c -> c.getType().equals("Established") && c.getStatus().equals("True")));

    client
        .resource(stream(Manifests.widget("shop", "w", 3)))
        .createOr(NonDeletingOperation::update);
    MixedOperation<GenericKubernetesResource, ?, Resource<GenericKubernetesResource>> widgets =
        client.genericKubernetesResources("example.com/v1", "Widget");
    GenericKubernetesResource widget = widgets.inNamespace("shop").withName("w").get();
    assertThat(widget.<Integer>get("spec", "size")).isEqualTo(3);

    widget.setAdditionalProperty("status", Map.of("ready", true));
    widgets.inNamespace("shop").resource(widget).updateStatus();
    widget = widgets.inNamespace("shop").withName("w").get();
    assertThat(widget.<Boolean>get("status", "ready")).isTrue();
  }

  static InputStream stream(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }
}
