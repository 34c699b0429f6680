package io.croft.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ConcurrentlyTest {
  @Test
  void doesItToEveryItemOnce() {
    Set<Integer> done = ConcurrentHashMap.newKeySet();
    Concurrently.forEach(
        IntStream.range(0, 1000).iterator(), 8, i -> assertThat(done.add(i)).isTrue());
    assertThat(done).hasSize(1000);
  }

  @Test
  void worksOnSeveralAtATimeAndNotOnMoreThanAllowed() {
    var barrier = new CyclicBarrier(4); // passes only when four are in work at once
    var inWork = new AtomicInteger();
    var most = new AtomicInteger();
    Concurrently.forEach(
        IntStream.range(0, 40).iterator(),
        4,
        i -> {
          most.accumulateAndGet(inWork.incrementAndGet(), Math::max);
          try {
            barrier.await(10, TimeUnit.SECONDS);
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
          inWork.decrementAndGet();
        });
    assertThat(most).hasValue(4);
  }

  @Test
  void endsWithTheFirstFailure() {
    var begun = new AtomicInteger();
    assertThatThrownBy(() ->
            Concurrently.forEach(
                List.of(1, 2, 3, 4).iterator(),
                1,
                i -> {
                  begun.incrementAndGet();
                  if (i == 2) {
                    throw new IllegalArgumentException("two");
                  }
                }))
        .hasMessage("two");
    assertThat(begun).hasValue(2);
  }

  @Test
  void endsWhenInterrupted() {
    Thread.currentThread().interrupt();
    assertThatThrownBy(
            () -> Concurrently.forEach(IntStream.iterate(0, i -> i + 1).iterator(), 2, i -> {}))
        .isInstanceOf(IllegalStateException.class);
    assertThat(Thread.interrupted()).isTrue();
  }
}
