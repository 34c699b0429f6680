package io.croft.apiserver.controllers.garbage;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.apiserver.controllers.garbage.OwnershipGraph.Owner;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.Json;
import io.croft.model.OwnerReference;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OwnershipGraphTest {
  private static final CollectedKind MAPS =
      new CollectedKind(
          "/registry/configmaps",
          "",
          "ConfigMap",
          true,
          new GroupVersionResource("", "v1", "configmaps"));

  private final OwnershipGraph graph = new OwnershipGraph();

  private static Identity at(String name) {
    return new Identity(MAPS, "shop", name);
  }

  private static OwnerReference reference(String name) {
    return new OwnerReference("v1", "ConfigMap", name, "uid-" + name, false, true);
  }

  private static ApiObject object(String name, String... owners) {
    return ApiObject.of(Json.object())
        .setName(name)
        .setUid("uid-" + name)
        .setOwnerReferences(List.of(owners).stream().map(OwnershipGraphTest::reference).toList());
  }

  private List<String> observe(ApiObject object) {
    return graph.observe(at(object.name()), object);
  }

  @Test
  void keepsNothingOfAnObjectWithoutRelations() {
    for (int i = 0; i < 100; i++) {
      assertThat(observe(object("m" + i))).isEmpty();
    }
    assertThat(graph.size()).isZero();
  }

  @Test
  void forgetsAnOwnerWithItsLastDependent() {
    assertThat(observe(object("child", "owner"))).containsExactly("uid-child");
    assertThat(graph.owner(reference("owner"), "shop")).isEqualTo(Owner.UNKNOWN);
    observe(object("owner"));
    assertThat(graph.owner(reference("owner"), "shop")).isEqualTo(Owner.PRESENT);
    assertThat(graph.size()).isEqualTo(2);
    assertThat(graph.remove("uid-child")).isEmpty();
    assertThat(graph.size()).isZero();
  }

  @Test
  void hasTheDependentsOfALostOwnerLookedAt() {
    observe(object("owner"));
    observe(object("a", "owner"));
    observe(object("b", "owner"));
    graph.found("uid-owner", at("owner"), false);
    assertThat(graph.remove("uid-owner")).containsExactlyInAnyOrder("uid-a", "uid-b");
    assertThat(graph.owner(reference("owner"), "shop")).isEqualTo(Owner.ABSENT);
  }

  @Test
  void takesWhatAListLeavesOutForGone() {
    observe(object("child", "owner"));
    observe(object("owner"));
    assertThat(graph.retain(MAPS, Set.of("uid-child"))).containsExactly("uid-child");
    assertThat(graph.owner(reference("owner"), "shop")).isEqualTo(Owner.ABSENT);
  }

  @Test
  void hasAnOwnerThatWaitsLookedAtWhenADependentGoes() {
    observe(object("child", "owner"));
    ApiObject owner = object("owner").setFinalizers(List.of("foregroundDeletion"));
    owner.setDeletionTimestamp(Instant.EPOCH);
    assertThat(observe(owner)).containsExactlyInAnyOrder("uid-owner", "uid-child");
    assertThat(graph.owner(reference("owner"), "shop")).isEqualTo(Owner.WAITING);
    assertThat(graph.blocking("uid-owner")).hasSize(1);
    assertThat(graph.remove("uid-child")).containsExactly("uid-owner");
    assertThat(graph.blocking("uid-owner")).isEmpty();
  }

  @Test
  void doesNotTakeANamesakeElsewhereForTheOwner() {
    observe(object("child", "owner"));
    observe(object("owner"));
    assertThat(graph.owner(reference("owner"), "other")).isEqualTo(Owner.UNKNOWN);
    assertThat(graph.missed("uid-owner", new Identity(MAPS, "other", "owner")))
        .contains(at("owner"));
    assertThat(graph.owner(reference("owner"), "shop")).isEqualTo(Owner.PRESENT);
  }
}
