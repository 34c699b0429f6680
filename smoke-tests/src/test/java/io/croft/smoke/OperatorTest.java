package io.croft.smoke;

import static io.croft.smoke.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Version;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Cleaner;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.DeleteControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// An operator on the Java Operator SDK runs here as it does elsewhere: it is told of its resources
/// and of what belongs to them, applies what it wants, writes status, and cleans up.
class OperatorTest {
  @RegisterExtension static final Appliance APPLIANCE = new Appliance();

  private static final String DEFINITION =
      """
      apiVersion: apiextensions.k8s.io/v1
      kind: CustomResourceDefinition
      metadata: {name: shops.example.com}
      spec:
        group: example.com
        scope: Namespaced
        names: {kind: Shop, plural: shops, singular: shop}
        versions:
        - name: v1
          served: true
          storage: true
          subresources: {status: {}}
          schema:
            openAPIV3Schema:
              type: object
              properties:
                spec:
                  type: object
                  properties:
                    greeting: {type: string, minLength: 1}
                status:
                  type: object
                  properties:
                    page: {type: string}
                    observedGeneration: {type: integer, format: int64}
      """;

  /// What the operator looks after.
  @Group("example.com")
  @Version("v1")
  public static class Shop extends CustomResource<ShopSpec, ShopStatus> implements Namespaced {
    private static final long serialVersionUID = 1;
  }

  /// What a shop is to be.
  public static class ShopSpec {
    public String greeting = "";
  }

  /// What a shop is.
  public static class ShopStatus {
    public String page = "";
    public long observedGeneration;
  }

  /// Gives every shop a page.
  @ControllerConfiguration
  public static class ShopReconciler implements Reconciler<Shop>, Cleaner<Shop> {
    final AtomicInteger cleaned = new AtomicInteger();

    @Override
    public List<EventSource<?, Shop>> prepareEventSources(EventSourceContext<Shop> context) {
      var pages = InformerEventSourceConfiguration.from(ConfigMap.class, Shop.class).build();
      return List.of(new InformerEventSource<>(pages, context));
    }

    @Override
    public UpdateControl<Shop> reconcile(Shop shop, Context<Shop> context) {
      String page = shop.getMetadata().getName() + "-page";
      ConfigMap wanted =
          new ConfigMapBuilder()
              .withMetadata(
                  new ObjectMetaBuilder()
                      .withName(page)
                      .withNamespace(shop.getMetadata().getNamespace())
                      .build())
              .addToData("greeting", shop.getSpec().greeting)
              .build();
      wanted.addOwnerReference(shop);
      context.getClient().resource(wanted).serverSideApply();

      var status = new ShopStatus();
      status.page = page;
      status.observedGeneration = shop.getMetadata().getGeneration();
      shop.setStatus(status);
      return UpdateControl.patchStatus(shop);
    }

    @Override
    public DeleteControl cleanup(Shop shop, Context<Shop> context) {
      cleaned.incrementAndGet();
      return DeleteControl.defaultDelete();
    }
  }

  private final KubernetesClient client =
      new KubernetesClientBuilder()
          .withConfig(Config.fromKubeconfig(APPLIANCE.kubeconfig().toFile()))
          .build();
  private final ShopReconciler reconciler = new ShopReconciler();
  private final Operator operator = new Operator(config -> config.withKubernetesClient(client));

  @BeforeEach
  void startTheOperator() throws Exception {
    client.load(Fabric8Test.stream(DEFINITION)).serverSideApply();
    eventually("the definition is served", () -> client.supports("example.com/v1", "Shop"));
    operator.register(reconciler);
    operator.start();
  }

  @AfterEach
  void stopTheOperator() {
    operator.stop();
    client.close();
  }

  private Resource<Shop> shop() {
    return client.resources(Shop.class).inNamespace("default").withName("corner");
  }

  private boolean greets(String greeting) {
    ConfigMap page = client.configMaps().inNamespace("default").withName("corner-page").get();
    return page != null && Objects.equals(page.getData().get("greeting"), greeting);
  }

  private boolean isObserved() {
    Shop shop = shop().get();
    ShopStatus status = shop.getStatus();
    return status != null && status.observedGeneration == shop.getMetadata().getGeneration();
  }

  @Test
  void reconcilesUntilTheEnd() throws Exception {
    var wanted = new Shop();
    wanted.setMetadata(new ObjectMetaBuilder().withName("corner").withNamespace("default").build());
    wanted.setSpec(new ShopSpec());
    wanted.getSpec().greeting = "hello";
    client.resource(wanted).create();
    eventually("the page is there", () -> greets("hello"));
    eventually("the status says so", this::isObserved);
    assertThat(shop().get().getMetadata().getFinalizers()).hasSize(1);
    assertThat(shop().get().getStatus().page).isEqualTo("corner-page");

    shop()
        .edit(shop -> {
          shop.getSpec().greeting = "welcome";
          return shop;
        });
    eventually("the page follows", () -> greets("welcome"));
    eventually("the status follows", this::isObserved);

    client.configMaps().inNamespace("default").withName("corner-page").delete();
    eventually("the page is back", () -> greets("welcome"));

    shop().delete();
    eventually("the shop is gone", () -> shop().get() == null);
    assertThat(reconciler.cleaned).hasPositiveValue();
    eventually(
        "its page is collected",
        () -> client.configMaps().inNamespace("default").withName("corner-page").get() == null);
  }
}
