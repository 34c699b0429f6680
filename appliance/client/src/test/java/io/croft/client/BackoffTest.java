package io.croft.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BackoffTest {
  @ParameterizedTest
  @CsvSource({"1,100", "2,200", "3,400", "4,800", "5,1000", "64,1000", "2147483647,1000"})
  void doublesUpToTheLimit(int failures, long millis) {
    var backoff = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(1), 0);
    assertThat(backoff.delay(failures)).isEqualTo(Duration.ofMillis(millis));
  }

  @Test
  void addsAtMostTheJitter() {
    var backoff = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(1), 0.5);
    for (int i = 0; i < 1_000; i++) {
      assertThat(backoff.delay(1)).isBetween(Duration.ofMillis(100), Duration.ofMillis(150));
    }
  }

  @Test
  void refusesAnInitialWaitBeyondTheLimit() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Backoff(Duration.ofSeconds(2), Duration.ofSeconds(1), 0))
        .withMessageContaining("PT2S, PT1S");
  }
}
