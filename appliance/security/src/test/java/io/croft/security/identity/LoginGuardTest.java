package io.croft.security.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("S-5")
class LoginGuardTest {
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private final LoginGuard guard = new LoginGuard(() -> now);

  @Test
  void locksANameOutWhereItFailedAndNowhereElse() {
    fail("alice", "192.0.2.1", 5);

    assertThat(guard.refuses("alice", "192.0.2.1")).isTrue();
    assertThat(guard.refuses("ALICE", "192.0.2.1")).isTrue();
    assertThat(guard.refuses("bob", "192.0.2.1")).isFalse();
    assertThat(guard.refuses("alice", "192.0.2.2")).isFalse();
  }

  @Test
  void locksAnAddressOutThatTriesManyNames() {
    for (int i = 0; i < 20; i++) {
      guard.failed("user-" + i, "192.0.2.1");
    }

    assertThat(guard.refuses("somebody-else", "192.0.2.1")).isTrue();
    assertThat(guard.refuses("user-1", "192.0.2.2")).isFalse();
  }

  @Test
  void slowsDownANameThatIsTriedFromEverywhereButNotWhereItIsAtHome() {
    guard.succeeded("alice", "198.51.100.7");
    for (int i = 0; i < 1000; i++) {
      guard.failed("alice", "192.0.2." + i);
      now = now.plusMillis(10);
    }

    assertThat(guard.refuses("alice", "203.0.113.1")).isTrue();
    assertThat(guard.refuses("alice", "198.51.100.7")).isFalse();
    now = now.plusSeconds(10);
    assertThat(guard.refuses("alice", "203.0.113.1")).isFalse(); // slow, not locked out
  }

  @Test
  void forgetsFailuresOfANameAtAnAddressWhenItLogsIn() {
    fail("alice", "192.0.2.1", 4);
    guard.succeeded("alice", "192.0.2.1");
    fail("alice", "192.0.2.1", 4);

    assertThat(guard.refuses("alice", "192.0.2.1")).isFalse();
  }

  @Test
  void whoMistypesAndThenLogsInKeepsNobodyElseOutAtTheSameAddress() {
    for (int user = 0; user < 20; user++) {
      fail("user-" + user, "192.0.2.1", 4);
      assertThat(guard.refuses("user-" + user, "192.0.2.1")).isFalse();
      guard.succeeded("user-" + user, "192.0.2.1");
    }

    assertThat(guard.refuses("somebody-else", "192.0.2.1")).isFalse();
  }

  @Test
  void whoHasAnAccountGuessesAtOthersNoLonger() {
    for (int i = 0; i < 20; i++) {
      assertThat(guard.refuses("user-" + i, "192.0.2.1")).isFalse();
      guard.failed("user-" + i, "192.0.2.1");
      guard.succeeded("mallory", "192.0.2.1");
    }

    assertThat(guard.refuses("user-20", "192.0.2.1")).isTrue();
  }

  @Test
  void isToldAfterARestartWhereANameIsAtHome() {
    guard.knows("alice", "198.51.100.7");
    for (int i = 0; i < 1000; i++) {
      guard.failed("alice", "192.0.2." + i);
    }

    assertThat(guard.refuses("alice", "203.0.113.1")).isTrue();
    assertThat(guard.refuses("alice", "198.51.100.7")).isFalse();
  }

  private void fail(String name, String address, int times) {
    for (int i = 0; i < times; i++) {
      guard.failed(name, address);
    }
  }
}
