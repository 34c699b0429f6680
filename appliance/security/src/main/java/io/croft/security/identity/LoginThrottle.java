package io.croft.security.identity;

import io.croft.base.LruMap;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;

/// Locks out what has failed some times in a row, each time for longer. Remembers 10,000, the least
/// recently seen ones forgotten. Thread-safe.
public final class LoginThrottle {
  private static final int REMEMBERED = 10_000;
  private static final Duration FORGET = Duration.ofHours(1);
  private static final int MAX_DOUBLINGS = 10;

  private final int free;
  private final Duration first;
  private final Duration longest;
  private final InstantSource clock;
  private final Map<String, Failures> known = new LruMap<>(REMEMBERED);

  /// @param until before this, nothing is looked at
  private record Failures(int count, Instant until, Instant last) {}

  /// @param free how many failures lead to the first pause
  /// @param first how long that is; each further failure doubles it
  /// @param longest how long a pause is at most
  public LoginThrottle(int free, Duration first, Duration longest, InstantSource clock) {
    this.free = free;
    this.first = first;
    this.longest = longest;
    this.clock = clock;
  }

  public synchronized boolean isLocked(String key) {
    Failures failures = known.get(key);
    return failures != null && clock.instant().isBefore(failures.until());
  }

  public synchronized void failed(String key) {
    Instant now = clock.instant();
    Failures before = known.get(key);
    int count = before == null || isForgotten(before) ? 1 : before.count() + 1;
    known.put(key, new Failures(count, now.plus(pause(count)), now));
  }

  private Duration pause(int count) {
    if (count < free) {
      return Duration.ZERO;
    }
    Duration pause = first.multipliedBy(1L << Math.min(count - free, MAX_DOUBLINGS));
    return pause.compareTo(longest) > 0 ? longest : pause;
  }

  /// @return how many failures are forgotten
  synchronized int succeeded(String key) {
    Failures failures = known.remove(key);
    return failures == null || isForgotten(failures) ? 0 : failures.count();
  }

  /// Takes some failures back; a pause that has begun goes on.
  synchronized void forgive(String key, int count) {
    known.computeIfPresent(
        key,
        (_, failures) ->
            new Failures(Math.max(0, failures.count() - count), failures.until(), failures.last()));
  }

  private boolean isForgotten(Failures failures) {
    return failures.last().plus(FORGET).isBefore(clock.instant());
  }
}
