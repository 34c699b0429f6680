package io.croft.security.issuer;

import io.croft.security.identity.Login.Outcome.LoggedIn;
import io.croft.security.identity.OpaqueSecret;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Logins that a program has asked for, and a person is to allow elsewhere (RFC 8628). They are
/// short, so they end with the process; of the codes only hashes are kept. Thread-safe.
final class DeviceCodes {
  static final Duration LIFE = Duration.ofMinutes(10);
  static final int INTERVAL_SECONDS = 2;
  static final int MAX = 1024;
  static final int MAX_OF_ADDRESS = 16;

  /// Without vowels, so that no words come out, and without what looks alike.
  private static final String ALPHABET = "BCDFGHJKLMNPQRSTVWXZ";

  private static final int HALF = 4;
  private static final int DEVICE_BYTES = 32;

  private final InstantSource clock;
  private final Map<String, Pending> byDevice = new HashMap<>();

  DeviceCodes(InstantSource clock) {
    this.clock = clock;
  }

  /// What the program gets.
  record Issued(String deviceCode, String userCode) {}

  private static final class Pending {
    final String userHash;
    final String address;
    final Instant expires;
    Instant polled = Instant.MIN;
    @Nullable LoggedIn allowed;

    Pending(String userHash, String address, Instant expires) {
      this.userHash = userHash;
      this.address = address;
      this.expires = expires;
    }
  }

  /// What a program is told that asks.
  sealed interface Poll {
    record Waiting() implements Poll {}

    record TooOften() implements Poll {}

    /// There is no such code, or no more.
    record Expired() implements Poll {}

    /// The code is used up by this.
    record Ready(LoggedIn login) implements Poll {}
  }

  /// @return empty when there are too many
  synchronized Optional<Issued> issue(String address) {
    Instant now = clock.instant();
    byDevice.values().removeIf(pending -> !now.isBefore(pending.expires));
    long same = byDevice.values().stream().filter(p -> p.address.equals(address)).count();
    if (byDevice.size() >= MAX || same >= MAX_OF_ADDRESS) {
      return Optional.empty();
    }
    String user = OpaqueSecret.random(HALF, ALPHABET) + "-" + OpaqueSecret.random(HALF, ALPHABET);
    String device = OpaqueSecret.random(DEVICE_BYTES);
    byDevice.put(OpaqueSecret.hash(device), new Pending(userHash(user), address, now.plus(LIFE)));
    return Optional.of(new Issued(device, user));
  }

  /// Whether a code is there that nobody has allowed yet.
  synchronized boolean isOpen(String userCode) {
    return find(userCode).isPresent();
  }

  /// @return false when there is no such code any more
  synchronized boolean allow(String userCode, LoggedIn login) {
    Optional<Pending> found = find(userCode);
    found.ifPresent(pending -> pending.allowed = login);
    return found.isPresent();
  }

  private Optional<Pending> find(String userCode) {
    String hash = userHash(userCode);
    Instant now = clock.instant();
    return byDevice.values().stream()
        .filter(p -> p.allowed == null && now.isBefore(p.expires))
        .filter(p -> OpaqueSecret.same(p.userHash, hash))
        .findFirst();
  }

  synchronized Poll poll(String deviceCode) {
    String hash = OpaqueSecret.hash(deviceCode);
    Pending pending = byDevice.get(hash);
    Instant now = clock.instant();
    if (pending == null || !now.isBefore(pending.expires)) {
      byDevice.remove(hash);
      return new Poll.Expired();
    }
    LoggedIn allowed = pending.allowed;
    if (allowed != null) {
      byDevice.remove(hash);
      return new Poll.Ready(allowed);
    }
    boolean tooOften =
        now.isBefore(
            pending.polled.equals(Instant.MIN)
                ? Instant.MIN
                : pending.polled.plusSeconds(INTERVAL_SECONDS - 1));
    pending.polled = now;
    return tooOften ? new Poll.TooOften() : new Poll.Waiting();
  }

  /// However people type it.
  private static String userHash(String userCode) {
    return OpaqueSecret.hash(userCode.toUpperCase(Locale.ROOT).replaceAll("[^A-Z]", ""));
  }
}
