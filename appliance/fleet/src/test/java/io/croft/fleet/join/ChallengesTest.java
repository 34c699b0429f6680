package io.croft.fleet.join;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.fleet.join.Challenges.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("P13")
class ChallengesTest {
  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
  private final Challenges challenges = new Challenges(now::get);

  @Test
  void aNonceIsGoodOnceAndForAMinute() {
    String nonce = challenges.make("a");
    assertThat(challenges.isOpen(nonce, "a")).isTrue();
    assertThat(challenges.isOpen(nonce, "b")).isFalse();
    assertThat(challenges.use(nonce, "one")).isEqualTo(Outcome.TAKEN);
    assertThat(challenges.use(nonce, "one")).isEqualTo(Outcome.USED);
    assertThat(challenges.isOpen(nonce, "a")).isFalse();
    String late = challenges.make("a");
    now.updateAndGet(t -> t.plus(Duration.ofSeconds(61)));
    assertThat(challenges.isOpen(late, "a")).isFalse();
  }

  @Test
  void oneTokenDoesNotKeepTheOthersOut() {
    for (int i = 0; i < Challenges.MAX_USED_BY_ONE; i++) {
      assertThat(challenges.use(challenges.make("a"), "one")).isEqualTo(Outcome.TAKEN);
    }
    assertThat(challenges.use(challenges.make("a"), "one")).isEqualTo(Outcome.FULL);
    assertThat(challenges.use(challenges.make("b"), "two")).isEqualTo(Outcome.TAKEN);
    now.updateAndGet(t -> t.plus(Duration.ofMinutes(2)));
    assertThat(challenges.use(challenges.make("a"), "one")).isEqualTo(Outcome.TAKEN);
  }
}
