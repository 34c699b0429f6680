package io.croft.smoke;

import static io.croft.smoke.Eventually.eventually;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.gson.reflect.TypeToken;
import io.kubernetes.client.informer.ResourceEventHandler;
import io.kubernetes.client.informer.SharedIndexInformer;
import io.kubernetes.client.informer.SharedInformerFactory;
import io.kubernetes.client.informer.cache.Lister;
import io.kubernetes.client.openapi.ApiClient;
import io.kubernetes.client.openapi.ApiException;
import io.kubernetes.client.openapi.apis.CoreV1Api;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1ConfigMapList;
import io.kubernetes.client.openapi.models.V1ListMeta;
import io.kubernetes.client.openapi.models.V1Namespace;
import io.kubernetes.client.openapi.models.V1ObjectMeta;
import io.kubernetes.client.util.ClientBuilder;
import io.kubernetes.client.util.KubeConfig;
import io.kubernetes.client.util.Watch;
import io.kubernetes.client.util.generic.GenericKubernetesApi;
import java.io.Reader;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The Kubernetes project's own Java client, with its generated models, does what it does
/// elsewhere.
class OfficialClientTest {
  @RegisterExtension static final Appliance APPLIANCE = new Appliance();

  private ApiClient client = new ApiClient();
  private CoreV1Api api = new CoreV1Api(client);

  @BeforeAll
  static void createTheNamespace() throws Exception {
    var namespace = new V1Namespace().metadata(new V1ObjectMeta().name("shop"));
    new CoreV1Api(connect()).createNamespace(namespace).execute();
  }

  @BeforeEach
  void open() throws Exception {
    client = connect();
    api = new CoreV1Api(client);
  }

  private static ApiClient connect() throws Exception {
    try (Reader kubeconfig = Files.newBufferedReader(APPLIANCE.kubeconfig())) {
      return ClientBuilder.kubeconfig(KubeConfig.loadKubeConfig(kubeconfig))
          .setReadTimeout(Duration.ZERO)
          .build();
    }
  }

  private static V1ConfigMap configMap(String name, String colour) {
    var metadata = new V1ObjectMeta().name(name).namespace("shop").labels(Map.of("app", name));
    return new V1ConfigMap().metadata(metadata).putDataItem("colour", colour);
  }

  @Test
  void createsReadsListsUpdatesAndDeletes() throws Exception {
    V1ConfigMap created = api.createNamespacedConfigMap("shop", configMap("a", "red")).execute();
    assertThat(requireNonNull(created.getMetadata()).getCreationTimestamp()).isNotNull();

    created.putDataItem("colour", "blue");
    api.replaceNamespacedConfigMap("a", "shop", created).execute();
    assertThat(api.readNamespacedConfigMap("a", "shop").execute().getData())
        .isEqualTo(Map.of("colour", "blue"));
    assertThat(api.listNamespacedConfigMap("shop").labelSelector("app=a").execute().getItems())
        .hasSize(1);

    api.deleteNamespacedConfigMap("a", "shop").execute();
    assertThatExceptionOfType(ApiException.class)
        .isThrownBy(() -> api.readNamespacedConfigMap("a", "shop").execute())
        .satisfies(e -> assertThat(e.getCode()).isEqualTo(404));
  }

  @Test
  void isToldOfAConflict() throws Exception {
    V1ConfigMap stale = api.createNamespacedConfigMap("shop", configMap("b", "red")).execute();
    api.replaceNamespacedConfigMap("b", "shop", stale.putDataItem("colour", "green")).execute();

    assertThatExceptionOfType(ApiException.class)
        .isThrownBy(() -> api.replaceNamespacedConfigMap("b", "shop", stale).execute())
        .satisfies(e -> assertThat(e.getCode()).isEqualTo(409))
        .satisfies(e -> assertThat(e.getResponseBody()).contains("\"reason\":\"Conflict\""));
  }

  @Test
  void watches() throws Exception {
    V1ListMeta list = requireNonNull(api.listNamespacedConfigMap("shop").execute().getMetadata());
    String start = list.getResourceVersion();
    List<String> events = new CopyOnWriteArrayList<>();
    try (Watch<V1ConfigMap> watch =
        Watch.createWatch(
            client,
            api.listNamespacedConfigMap("shop")
                .labelSelector("app=c")
                .resourceVersion(start)
                .watch(true)
                .buildCall(null),
            new TypeToken<Watch.Response<V1ConfigMap>>() {}.getType())) {
      Thread.ofVirtual()
          .start(() -> watch.forEach(e -> events.add(e.type + " " + e.object.getData())));
      V1ConfigMap created = api.createNamespacedConfigMap("shop", configMap("c", "red")).execute();
      api.replaceNamespacedConfigMap("c", "shop", created.putDataItem("colour", "green")).execute();
      api.deleteNamespacedConfigMap("c", "shop").execute();
      eventually("three events", () -> events.size() == 3);
    }
    assertThat(events)
        .containsExactly("ADDED {colour=red}", "MODIFIED {colour=green}", "DELETED {colour=green}");
  }

  @Test
  void keepsAnInformerInStep() throws Exception {
    api.createNamespacedConfigMap("shop", configMap("d", "red")).execute();
    var factory = new SharedInformerFactory(client);
    try {
      var generic =
          new GenericKubernetesApi<>(
              V1ConfigMap.class, V1ConfigMapList.class, "", "v1", "configmaps", client);
      List<String> events = new CopyOnWriteArrayList<>();
      SharedIndexInformer<V1ConfigMap> informer =
          factory.sharedIndexInformerFor(generic, V1ConfigMap.class, 0, "shop");
      informer.addEventHandler(recorder(events));
      factory.startAllRegisteredInformers();
      eventually("the informer has synced", informer::hasSynced);
      var lister = new Lister<>(informer.getIndexer(), "shop");
      assertThat(lister.get("d").getData()).isEqualTo(Map.of("colour", "red"));

      V1ConfigMap created = api.createNamespacedConfigMap("shop", configMap("e", "red")).execute();
      api.replaceNamespacedConfigMap("e", "shop", created.putDataItem("colour", "green")).execute();
      eventually("e is green", () -> events.contains("updated e {colour=green}"));
      api.deleteNamespacedConfigMap("e", "shop").execute();
      eventually("e is gone", () -> events.contains("deleted e {colour=green}"));
      assertThat(events.stream().filter(event -> event.contains(" e ")))
          .containsExactly(
              "added e {colour=red}", "updated e {colour=green}", "deleted e {colour=green}");
      assertThat(lister.get("e")).isNull();
    } finally {
      factory.stopAllRegisteredInformers();
    }
  }

  private static ResourceEventHandler<V1ConfigMap> recorder(List<String> events) {
    return new ResourceEventHandler<>() {
      @Override
      public void onAdd(V1ConfigMap map) {
        record("added", map);
      }

      @Override
      public void onUpdate(V1ConfigMap before, V1ConfigMap map) {
        record("updated", map);
      }

      @Override
      public void onDelete(V1ConfigMap map, boolean unknown) {
        record("deleted", map);
      }

      private void record(String what, V1ConfigMap map) {
        events.add(what + " " + requireNonNull(map.getMetadata()).getName() + " " + map.getData());
      }
    };
  }
}
