package io.croft.store.embedded;

import static io.croft.store.embedded.Dsl.all;
import static io.croft.store.embedded.Dsl.put;
import static io.croft.store.embedded.Dsl.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.store.KeyValue;
import io.croft.store.StoreException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A log that is damaged where a store needs it: what stands before the damage is saved, and only
/// on demand.
class SalvageTest {
  private static final int DAMAGES = Integer.getInteger("croft.damage.flips", 400) / 50;
  private static final int WRITES = 200;
  private static final long BUMP = 1000;

  /// No checkpoints, so that all depends on the log; several segments.
  private static final StoreConfig CONFIG =
      StoreConfigs.with(settings -> {
        settings.checkpointLogBytes = 1 << 30;
        settings.checkpointInterval = Duration.ofHours(1);
      });

  @TempDir Path directory;

  private Path killed;
  private final List<List<KeyValue>> states = new ArrayList<>(List.of(List.of(), List.of()));

  @BeforeEach
  void makeAStoreThatWasKilled() throws IOException {
    Path path = directory.resolve("original");
    killed = directory.resolve("killed");
    try (EmbeddedStore store = EmbeddedStore.open(path, CONFIG)) {
      store.leases().grant(7, 600);
      for (int i = 0; i < WRITES; i++) {
        put(store, "key-" + i % 20, i + "x".repeat(200), i % 2 * 7L);
        states.add(all(store));
      }
      Files.createDirectory(killed);
      for (Path file : files(path)) {
        Files.copy(file, killed.resolve(file.getFileName()));
      }
    }
  }

  private static List<Path> files(Path path) throws IOException {
    try (Stream<Path> files = Files.list(path)) {
      return files.sorted().toList();
    }
  }

  private List<Path> segments() throws IOException {
    return files(killed).stream()
        .filter(f -> f.getFileName().toString().matches("wal-[0-9a-f]+"))
        .toList();
  }

  private SalvageReport salvage(Path target) {
    return EmbeddedStore.salvage(killed, target, BUMP, CONFIG);
  }

  private static Map<Path, Long> contents(Path path) throws IOException {
    Map<Path, Long> contents = new HashMap<>();
    for (Path file : files(path)) {
      if (!file.endsWith("LOCK")) {
        contents.put(file, (long) Arrays.hashCode(Files.readAllBytes(file)));
      }
    }
    return contents;
  }

  @Test
  @Tag("S44")
  void savesExactlyWhatStandsBeforeTheDamage() throws IOException {
    SplittableRandom random = new SplittableRandom(9);
    assertThat(segments()).hasSizeGreaterThan(3);
    for (int i = 0; i < DAMAGES; i++) {
      Path segment = segments().get(random.nextInt(segments().size() - 1));
      byte[] good = Files.readAllBytes(segment);
      byte[] bad = good.clone();
      // In the frames, and not in the marks at the end nor in the zeros that fill up a frame.
      int at;
      do {
        at = random.nextInt(4096, good.length - 600);
      } while (good[at] == 0);
      bad[at] ^= 1;
      Files.write(segment, bad);
      assertThatThrownBy(() -> EmbeddedStore.open(killed, CONFIG))
          .isInstanceOf(StoreException.Corrupt.class);
      Map<Path, Long> before = contents(killed);
      Path target = directory.resolve("saved-" + i);
      SalvageReport report = salvage(target);
      assertThat(contents(killed)).isEqualTo(before);
      assertThat(report.damage()).contains(segment.getFileName().toString());
      assertThat(report.lastFound()).isEqualTo(1 + WRITES);
      assertThat(report.lost()).isEqualTo(1 + WRITES - report.revision()).isPositive();
      assertThat(report.newRevision()).isEqualTo(1 + WRITES + BUMP);
      try (EmbeddedStore store = EmbeddedStore.open(target, CONFIG)) {
        assertThat(all(store)).isEqualTo(states.get((int) report.revision()));
        assertThat(store.revision()).isEqualTo(report.newRevision());
        assertThat(store.compactedRevision()).isEqualTo(report.newRevision());
        assertThat(store.leases().list()).hasSize((int) report.leases());
        assertThat(put(store, "new", "1")).isEqualTo(report.newRevision() + 1);
      }
      assertThat(EmbeddedStore.check(target, CONFIG).problems()).isEmpty();
      Files.write(segment, good);
    }
  }

  @Test
  void savesTheStateWhenItsLogIsGone() throws IOException {
    Path first = segments().getFirst();
    Files.delete(first);
    SalvageReport report = salvage(directory.resolve("saved"));
    assertThat(report.revision()).isEqualTo(1);
    assertThat(report.lastFound()).isEqualTo(1 + WRITES);
    assertThat(report.damage()).contains(first.getFileName().toString()).contains("missing");
  }

  @Test
  void losesNothingOfAStoreThatIsWhole() throws IOException {
    SalvageReport report = salvage(directory.resolve("saved"));
    assertThat(report.damage()).isNull();
    assertThat(report.lost()).isZero();
    assertThat(report.keys()).isEqualTo(20);
    try (EmbeddedStore store = EmbeddedStore.open(directory.resolve("saved"), CONFIG)) {
      assertThat(all(store)).isEqualTo(states.getLast());
    }
  }

  @Test
  void neverTouchesWhatIsThere() throws IOException {
    try (EmbeddedStore other = EmbeddedStore.open(directory.resolve("other"), CONFIG)) {
      put(other, "a", "1");
    }
    assertThatThrownBy(() -> salvage(directory.resolve("other")))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("not empty");
    assertThatThrownBy(() -> salvage(killed)).isInstanceOf(UncheckedIOException.class);
    try (EmbeddedStore other = EmbeddedStore.open(directory.resolve("other"), CONFIG)) {
      assertThat(value(other, "a")).isEqualTo("1");
    }
    Path absent = directory.resolve("absent");
    assertThatThrownBy(
            () -> EmbeddedStore.salvage(absent, directory.resolve("saved"), BUMP, CONFIG))
        .isInstanceOf(UncheckedIOException.class);
    assertThat(absent).doesNotExist();
  }

  @Test
  void saysThatOnlyASnapshotHelpsWhenTheStateIsDamaged() throws IOException {
    byte[] state = Files.readAllBytes(killed.resolve(Opening.STATE_FILE));
    Arrays.fill(state, 0, 16_384, (byte) 0);
    Files.write(killed.resolve(Opening.STATE_FILE), state);
    assertThatThrownBy(() -> salvage(directory.resolve("saved")))
        .isInstanceOf(StoreException.Corrupt.class)
        .hasMessageContaining("restore a snapshot");
    assertThat(directory.resolve("saved")).doesNotExist();
  }
}
