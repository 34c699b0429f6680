package io.croft.base;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LruMapTest {
  @Test
  void forgetsWhatWasUsedLongestAgo() {
    var map = new LruMap<String, Integer>(2);
    map.put("a", 1);
    map.put("b", 2);
    map.get("a");
    map.put("c", 3);
    assertThat(map).containsOnlyKeys("a", "c");
  }

  @Test
  void keepsAsManyAsItMay() {
    var map = new LruMap<Integer, Integer>(100);
    for (int i = 0; i < 1_000; i++) {
      map.put(i, i);
    }
    assertThat(map).hasSize(100).containsKey(999).doesNotContainKey(899);
  }
}
