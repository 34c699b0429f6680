package io.croft.security.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("S-5")
class LoginThrottleTest {
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private final LoginThrottle throttle =
      new LoginThrottle(3, Duration.ofSeconds(30), Duration.ofMinutes(15), () -> now);

  @Test
  void locksOutAfterSomeFailuresEachTimeForLonger() {
    fail(2);
    assertThat(throttle.isLocked("alice")).isFalse();
    fail(1);
    assertThat(throttle.isLocked("alice")).isTrue();
    assertThat(throttle.isLocked("bob")).isFalse();
    now = now.plusSeconds(30);
    assertThat(throttle.isLocked("alice")).isFalse();
    fail(1);
    now = now.plusSeconds(59);
    assertThat(throttle.isLocked("alice")).isTrue();
    now = now.plusSeconds(1);
    assertThat(throttle.isLocked("alice")).isFalse();
  }

  @Test
  void locksOutForAQuarterOfAnHourAtMost() {
    fail(50);
    now = now.plusSeconds(15 * 60);
    assertThat(throttle.isLocked("alice")).isFalse();
  }

  @Test
  void forgetsAfterASuccessAndAfterAnHour() {
    fail(2);
    throttle.succeeded("alice");
    fail(2);
    assertThat(throttle.isLocked("alice")).isFalse();
    now = now.plusSeconds(3601);
    fail(2);
    assertThat(throttle.isLocked("alice")).isFalse();
  }

  private void fail(int times) {
    for (int i = 0; i < times; i++) {
      throttle.failed("alice");
    }
  }
}
