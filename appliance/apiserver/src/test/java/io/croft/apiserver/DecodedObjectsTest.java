package io.croft.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.apiserver.storage.ObjectStore;
import io.croft.apiserver.storage.StorageLocation;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.store.Store;
import io.croft.store.embedded.EmbeddedStore;
import io.croft.store.embedded.StoreConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DecodedObjectsTest {
  private static final String ACCOUNTS = "serviceaccounts";

  @TempDir Path directory;
  private Store store;
  private ObjectStore objects;
  private DecodedObjects decoded;

  @BeforeEach
  void open() {
    store = EmbeddedStore.open(directory, StoreConfig.defaults());
    objects = new ObjectStore(store, Map.of());
    decoded =
        new DecodedObjects(
            (plural, namespace, name) -> objects.get(location(plural), namespace, name));
  }

  @AfterEach
  void close() {
    store.close();
  }

  private static StorageLocation location(String plural) {
    return new StorageLocation("/registry/" + plural, true);
  }

  private void write(String plural, String uid, long expected) {
    var json = Json.object();
    json.putObject("metadata").put("namespace", "default").put("name", "robot").put("uid", uid);
    json.putObject("data").put("key", "value");
    ApiObject object = ApiObject.of(json);
    objects.put(location(plural), object, expected, List.of(), Duration.ZERO);
  }

  private Optional<ApiObject> find(String plural) {
    return decoded.find(plural, "default", "robot");
  }

  private long revision(String plural) {
    return objects.get(location(plural), "default", "robot").orElseThrow().revision();
  }

  @Test
  void decodesOnceWhatIsNotWrittenAgain() {
    write(ACCOUNTS, "1", 0);
    ApiObject first = find(ACCOUNTS).orElseThrow();
    assertThat(find(ACCOUNTS)).containsSame(first);

    write(ACCOUNTS, "2", revision(ACCOUNTS));
    assertThat(find(ACCOUNTS)).map(ApiObject::uid).contains("2");
  }

  @Test
  void keepsNothingThatMayBeLarge() {
    write(ACCOUNTS, "1", 0);
    assertThat(find(ACCOUNTS).orElseThrow().json()).hasToString("{\"metadata\":{\"uid\":\"1\"}}");
  }

  @Test
  void tellsThatAnObjectIsBeingDeleted() {
    var json = Json.object();
    json.putObject("metadata").put("deletionTimestamp", "2026-01-01T00:00:00Z");
    ApiObject object = ApiObject.of(json).setNamespace("default").setName("robot");
    objects.put(location(ACCOUNTS), object, 0, List.of(), Duration.ZERO);
    assertThat(find(ACCOUNTS))
        .map(ApiObject::deletionTimestamp)
        .contains(Instant.parse("2026-01-01T00:00:00Z"));
  }

  @Test
  void whatIsGoneIsGone() {
    write(ACCOUNTS, "1", 0);
    assertThat(find(ACCOUNTS)).isPresent();
    objects.remove(location(ACCOUNTS), "default", "robot", revision(ACCOUNTS));
    assertThat(find(ACCOUNTS)).isEmpty();

    write(ACCOUNTS, "2", 0);
    assertThat(find(ACCOUNTS)).map(ApiObject::uid).contains("2");
  }

  @Test
  void tellsASecretWholeAndKeepsNone() {
    write("secrets", "1", 0);
    ApiObject first = find("secrets").orElseThrow();
    assertThat(first.json().at("/data/key").asText()).isEqualTo("value");
    assertThat(find("secrets").orElseThrow()).isNotSameAs(first);
  }
}
