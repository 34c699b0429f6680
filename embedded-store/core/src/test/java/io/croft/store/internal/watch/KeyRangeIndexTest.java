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
      assertThat(index.at(key)).isEqualTo(expected);
    }
    entries.forEach(entry -> index.remove(entry.range(), entry.id()));
    assertThat(index.segments()).isZero();
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
