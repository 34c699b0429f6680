package io.croft.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.registry.Item;
import io.croft.apiserver.registry.ListOptions;
import io.croft.apiserver.registry.Lister;
import io.croft.apiserver.registry.Listing;
import io.croft.apiserver.registry.PageBudget;
import io.croft.apiserver.resource.ResourceType;
import io.croft.apiserver.storage.ObjectStore;
import io.croft.model.FieldSelector;
import io.croft.model.LabelSelector;
import io.croft.model.StatusException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Lists take little memory, however large the objects are.
final class ListMemoryTest {
  private static final String MAPS = "/api/v1/namespaces/default/configmaps";

  @TempDir Path directory;
  private TestApi api;

  @BeforeEach
  void start() {
    api = new TestApi(directory);
  }

  @AfterEach
  void stop() {
    api.close();
  }

  private void create(String name, int bytes) {
    var answer =
        api.post(
            MAPS,
            "{\"metadata\":{\"name\":\"%s\",\"labels\":{\"l\":\"%d\"}},\"data\":{\"d\":\"%s\"}}"
                .formatted(name, bytes, "x".repeat(bytes)));
    assertThat(answer.code()).isEqualTo(201);
  }

  private Listing list(LabelSelector labels) {
    ResourceType maps = api.server.catalog().snapshot().find("", "v1", "configmaps").orElseThrow();
    return new Lister(new ObjectStore(api.store, Map.of()))
        .list(
            maps,
            "default",
            new ListOptions(
                labels, FieldSelector.EVERYTHING, 0, "", -1, ListOptions.VersionMatch.UNSET));
  }

  @Test
  void largeObjectsBehindSmallOnesAreReadFewAtATime() {
    for (int i = 0; i < 8; i++) {
      create("a" + i, 1);
    }
    for (int i = 0; i < 60; i++) {
      create("b%02d".formatted(i), 60_000);
    }
    Listing listing = list(LabelSelector.everything());
    long most = 0;
    int told = 0;
    while (!listing.done()) {
      told += listing.next().size();
      most = Math.max(most, listing.bytes());
    }
    assertThat(told).isEqualTo(68);
    assertThat(most).isLessThan(32 * 61_000);
  }

  @Test
  void aTreeIsTheReceiversOwnAndNotKept() {
    create("a", 1);
    Listing listing = list(LabelSelector.everything());
    Item item = listing.next().getFirst();
    ObjectNode first = item.json();
    assertThat(item.json()).isNotSameAs(first).isEqualTo(first);
  }

  @Test
  void aShareThatWasGivenBackIsThereForOthers() throws Exception {
    var budget = new PageBudget(4L << 20); // a MiB of pages
    var waiting = new CountDownLatch(1);
    PageBudget.Share share = budget.share();
    share.resize(1 << 20);
    var other =
        Thread.ofVirtual()
            .start(() -> {
              try (PageBudget.Share second = budget.share()) {
                waiting.countDown();
                second.next();
              }
            });
    waiting.await();
    share.resize(512 << 10);
    other.join();
    try (PageBudget.Share all = budget.share()) {
      all.resize(512 << 10);
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> all.resize(1 << 20))
          .isInstanceOfSatisfying(
              StatusException.class, e -> assertThat(e.status().code()).isEqualTo(429));
      assertThat(Thread.interrupted()).isTrue();
    }
    share.close();
    try (PageBudget.Share all = budget.share()) {
      all.resize(100 << 20); // more than there is: alone
    }
    assertThat(List.of(other.isAlive())).containsExactly(false);
  }
}
