package io.croft.client;

import static io.croft.client.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WorkQueueTest {
  private final ManualDelays delays = new ManualDelays();
  private final WorkQueue<String> queue =
      new WorkQueue<>(delays, new Backoff(Duration.ofMillis(10), Duration.ofMillis(80), 0));

  @Test
  void handsOutKeysInTheOrderOfTheirFirstAddition() throws Exception {
    queue.add("a");
    queue.add("b");
    queue.add("a");

    assertThat(queue.take()).isEqualTo("a");
    assertThat(queue.take()).isEqualTo("b");
    assertThat(queue.size()).isZero();
  }

  @Test
  void keepsAKeyThatIsAddedWhileInWorkUntilItIsDone() throws Exception {
    queue.add("a");
    queue.take();
    queue.add("a");
    queue.add("a");
    assertThat(queue.size()).isZero();

    queue.done("a");
    assertThat(queue.size()).isOne();
    assertThat(queue.take()).isEqualTo("a");
    queue.done("a");
    assertThat(queue.size()).isZero();
  }

  @Test
  void addsADelayedKeyWhenItsTimeHasCome() {
    queue.addAfter("a", Duration.ofSeconds(2));
    delays.advance(Duration.ofSeconds(1));
    assertThat(queue.size()).isZero();

    delays.advance(Duration.ofSeconds(1));
    assertThat(queue.size()).isOne();
  }

  @Test
  void ofSeveralDelaysForAKeyTheFirstToEndCounts() throws Exception {
    queue.addAfter("a", Duration.ofSeconds(5));
    queue.addAfter("a", Duration.ofSeconds(1));
    queue.addAfter("a", Duration.ofSeconds(3));
    assertThat(delays.pending()).isOne();

    delays.advance(Duration.ofSeconds(1));
    assertThat(queue.take()).isEqualTo("a");
    queue.done("a");
    delays.advance(Duration.ofSeconds(10));
    assertThat(queue.size()).isZero();
  }

  @Test
  void waitsTwiceAsLongAfterEveryFailureUpToTheLimit() throws Exception {
    for (long millis : new long[] {10, 20, 40, 80, 80}) {
      queue.addRateLimited("a");
      delays.advance(Duration.ofMillis(millis).minusNanos(1));
      assertThat(queue.size()).isZero();
      delays.advance(Duration.ofNanos(1));
      assertThat(queue.take()).isEqualTo("a");
      queue.done("a");
    }
    assertThat(queue.failures("a")).isEqualTo(5);

    queue.forget("a");
    queue.addRateLimited("a");
    delays.advance(Duration.ofMillis(10));
    assertThat(queue.size()).isOne();
  }

  @Test
  void handsOutWhatIsQueuedAfterShutDownAndThenNothing() throws Exception {
    queue.add("a");
    queue.addAfter("later", Duration.ofSeconds(1));
    queue.shutDown();
    queue.add("b");
    queue.addAfter("c", Duration.ofSeconds(1));
    assertThat(delays.pending()).isZero();

    assertThat(queue.take()).isEqualTo("a");
    assertThat(queue.awaitDrained(Duration.ZERO)).isFalse();
    queue.done("a");
    assertThat(queue.take()).isNull();
    assertThat(queue.awaitDrained(Duration.ZERO)).isTrue();
  }

  @Test
  void worksOnceMoreOnAKeyThatWasAddedWhileInWorkBeforeShutDown() throws Exception {
    queue.add("a");
    queue.take();
    queue.add("a");
    queue.shutDown();
    var second = new AtomicReference<@Nullable String>();
    Thread other = Thread.ofVirtual().start(() -> takeInto(second));

    queue.done("a");
    other.join();
    assertThat(second.get()).isEqualTo("a");
  }

  private void takeInto(AtomicReference<@Nullable String> taken) {
    try {
      taken.set(queue.take());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void wakesTakersOnShutDown() throws Exception {
    Thread taker = Thread.ofVirtual().start(() -> takeInto(new AtomicReference<>()));
    eventually("the taker waits", () -> taker.getState() == Thread.State.WAITING);

    queue.shutDown();
    assertThat(taker.join(Eventually.DEADLINE)).isTrue();
  }

  /// Many adders and takers: no key is in work twice at a time, and the last addition of each is
  /// followed by work on it.
  @Test
  void neverLosesAnAdditionNorWorksOnAKeyTwiceAtATime() throws Exception {
    int keys = 7;
    var added = new AtomicIntegerArray(keys);
    var seen = new AtomicIntegerArray(keys);
    var inWork = new AtomicIntegerArray(keys);
    var overlaps = new AtomicInteger();
    var numbers =
        new WorkQueue<Integer>(delays, new Backoff(Duration.ofMillis(1), Duration.ofMillis(1), 0));
    Runnable adder =
        () -> {
          for (int i = 0; i < 2_000; i++) {
            int key = ThreadLocalRandom.current().nextInt(keys);
            added.incrementAndGet(key);
            numbers.add(key);
          }
        };
    Runnable worker =
        () -> {
          try {
            Integer key;
            while ((key = numbers.take()) != null) {
              if (inWork.incrementAndGet(key) > 1) {
                overlaps.incrementAndGet();
              }
              seen.set(key, added.get(key));
              inWork.decrementAndGet(key);
              numbers.done(key);
            }
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        };
    IntStream.range(0, 4).forEach(_ -> Thread.ofVirtual().start(worker));
    var adders = IntStream.range(0, 8).mapToObj(_ -> Thread.ofVirtual().start(adder)).toList();

    for (Thread thread : adders) {
      thread.join();
    }
    numbers.shutDown();
    assertThat(numbers.awaitDrained(Eventually.DEADLINE)).isTrue();
    assertThat(overlaps).hasValue(0);
    assertThat(seen.toString()).isEqualTo(added.toString());
  }
}
