package io.croft.base;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LossCountTest {
  @Test
  void isWorthALineAtEveryPowerOfTwo() {
    var losses = new LossCount();
    List<Integer> told = new ArrayList<>();
    for (int i = 1; i <= 20; i++) {
      if (losses.add(1)) {
        told.add(i);
      }
    }
    assertThat(told).containsExactly(1, 2, 4, 8, 16);
    assertThat(losses.total()).isEqualTo(20);
  }

  @Test
  void manyAtATimeAreWorthOneLine() {
    var losses = new LossCount();
    assertThat(losses.add(0)).isFalse();
    assertThat(losses.add(1_000)).isTrue();
    assertThat(losses.add(23)).isFalse();
    assertThat(losses.add(1)).isTrue();
  }
}
