package io.croft.store.internal.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.store.Bytes;
import io.croft.store.internal.state.KeyRange;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class KeyRangeIndexTest {
  private record Entry(KeyRange range, int id) {}

  @Test
  void agreesWithASearchThroughAllRanges() {
    SplittableRandom random = new SplittableRandom(1);
    KeyRangeIndex<Integer> index = new KeyRangeIndex<>();
    List<Entry> entries = new ArrayList<>();
    for (int step = 0; step < 5_000; step++) {
      if (entries.isEmpty() || random.nextInt(100) < 52) {
        Entry entry = new Entry(range(random), step);
        entries.add(entry);
        index.add(entry.range(), entry.id());
      } else {
        Entry entry = entries.remove(random.nextInt(entries.size()));
        index.remove(entry.range(), entry.id());
      }
      Bytes key = key(random);
      Set<Integer> expected = new HashSet<>();
      entries.stream().filter(e -> e.range().contains(key)).forEach(e -> expected.add(e.id()));
      List<Integer> found = new ArrayList<>();
      index.forEach(key, found::add);
      assertThat(found).containsExactlyInAnyOrderElementsOf(expected);
    }
    entries.forEach(entry -> index.remove(entry.range(), entry.id()));
    assertThat(index.isEmpty()).isTrue();
  }

  /// Each of them covers half of the others' ends: a set for each piece would have 100 million.
  @Test
  void takesManyRangesThatOverlap() {
    KeyRangeIndex<Integer> index = new KeyRangeIndex<>();
    List<KeyRange> ranges = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      ranges.add(KeyRange.of(Bytes.utf8("a%05d".formatted(i)), Bytes.utf8("b%05d".formatted(i))));
      ranges.add(KeyRange.of(Bytes.utf8("a"), Bytes.utf8("b")));
      ranges.add(KeyRange.of(Bytes.utf8("a%05d".formatted(i)), Bytes.EMPTY));
    }
    for (int i = 0; i < ranges.size(); i++) {
      index.add(ranges.get(i), i);
    }
    Set<Integer> found = new HashSet<>();
    index.forEach(Bytes.utf8("a00003"), found::add);
    assertThat(found).hasSize(10_000 + 4 + 1);
    for (int i = 0; i < ranges.size(); i++) {
      index.remove(ranges.get(i), i);
    }
    assertThat(index.isEmpty()).isTrue();
  }

  private static KeyRange range(SplittableRandom random) {
    return switch (random.nextInt(4)) {
      case 0 -> KeyRange.of(key(random), Bytes.EMPTY);
      case 1 -> KeyRange.of(key(random), Bytes.wrap(new byte[1]));
      default -> KeyRange.of(key(random), key(random));
    };
  }

  private static Bytes key(SplittableRandom random) {
    return Bytes.utf8("k" + random.nextInt(50));
  }
}
