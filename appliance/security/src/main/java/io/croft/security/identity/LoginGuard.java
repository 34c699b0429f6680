package io.croft.security.identity;

import io.croft.base.LruMap;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Map;

/// Makes guessing slow, without letting anybody keep others out by guessing wrongly.
///
/// | after | |
/// |---|---|
/// | 5 failures of a name from an address | that name is locked out there: 30 s, doubling up to 15 minutes |
/// | 20 failures from an address, without those of names that have logged in there then | all names are, there |
/// | 20 failures of a name, from wherever | the name may be tried once in 10 s at most, but for addresses from where it has logged in before |
///
/// Remembers 10,000 of each, the least recently seen ones forgotten; names only as hashes, for
/// people type passwords there, too. Thread-safe.
final class LoginGuard {
  private static final int FREE_BY_PAIR = 5;
  private static final int FREE_BY_ADDRESS = 20;
  private static final int FREE_BY_NAME = 20;
  private static final Duration FIRST = Duration.ofSeconds(30);
  private static final Duration LONGEST = Duration.ofMinutes(15);
  private static final Duration SLOW = Duration.ofSeconds(10);
  private static final int REMEMBERED = 10_000;

  private final LoginThrottle byPair;
  private final LoginThrottle byAddress;
  private final LoginThrottle byName;
  private final Map<String, Boolean> proven = new LruMap<>(REMEMBERED);

  LoginGuard(InstantSource clock) {
    this.byPair = new LoginThrottle(FREE_BY_PAIR, FIRST, LONGEST, clock);
    this.byAddress = new LoginThrottle(FREE_BY_ADDRESS, FIRST, LONGEST, clock);
    this.byName = new LoginThrottle(FREE_BY_NAME, SLOW, SLOW, clock);
  }

  /// Whether an attempt is not even looked at.
  boolean refuses(String name, String address) {
    String pair = pair(name, address);
    return byAddress.isLocked(address)
        || byPair.isLocked(pair)
        || (byName.isLocked(hash(name)) && !isProven(pair));
  }

  void failed(String name, String address) {
    byAddress.failed(address);
    byPair.failed(pair(name, address));
    byName.failed(hash(name));
  }

  void succeeded(String name, String address) {
    String pair = pair(name, address);
    // Its own failures only: who can log in as one must not be able to guess at others for ever.
    byAddress.forgive(address, byPair.succeeded(pair));
    remember(pair);
  }

  /// The name has logged in there before.
  void knows(String name, String address) {
    remember(pair(name, address));
  }

  private void remember(String pair) {
    synchronized (proven) {
      proven.put(pair, true);
    }
  }

  private boolean isProven(String pair) {
    synchronized (proven) {
      return proven.containsKey(pair);
    }
  }

  private static String pair(String name, String address) {
    return hash(name) + " " + address;
  }

  private static String hash(String name) {
    return OpaqueSecret.hash(name.toLowerCase(Locale.ROOT));
  }
}
