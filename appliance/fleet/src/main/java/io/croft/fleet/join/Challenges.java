package io.croft.fleet.join;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// The appliance's nonces. Each says by a MAC when and for whom it was made, so that nothing is
/// kept of those that strangers ask for; only those that someone has used with a good proof are
/// remembered until they are over. They end with the process. Thread-safe.
final class Challenges {
  private static final Duration LIFE = Duration.ofMinutes(1);
  private static final int RANDOM_BYTES = 16;
  private static final int MAC_BYTES = 32;
  private static final int LENGTH = Long.BYTES + RANDOM_BYTES + MAC_BYTES;

  /// Above what hosts join with in a minute; beyond, nobody does for a while.
  private static final int MAX_USED = 10_000;

  /// So many of these for one token, or one host that has joined.
  static final int MAX_USED_BY_ONE = 1_000;

  private static final String ALGORITHM = "HmacSHA256";

  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();
  private final SecretKeySpec key;
  private final Map<String, Use> used = new LinkedHashMap<>();

  /// @param who by whose proof
  /// @param end when the nonce is over
  private record Use(String who, Instant end) {}

  /// What becomes of a nonce.
  enum Outcome {
    TAKEN,
    /// Someone else has taken it.
    USED,
    /// Too many were taken just now.
    FULL
  }

  Challenges(InstantSource clock) {
    this.clock = clock;
    byte[] secret = new byte[MAC_BYTES];
    random.nextBytes(secret);
    this.key = new SecretKeySpec(secret, ALGORITHM);
  }

  /// @param conversation what it is good for
  String make(String conversation) {
    var nonce = ByteBuffer.allocate(LENGTH);
    byte[] bytes = new byte[RANDOM_BYTES];
    random.nextBytes(bytes);
    nonce.putLong(clock.millis()).put(bytes);
    nonce.put(mac(nonce.array(), conversation));
    return Base64.getUrlEncoder().withoutPadding().encodeToString(nonce.array());
  }

  /// Whether a nonce was made here for a conversation, is not over, and was not used.
  boolean isOpen(String nonce, String conversation) {
    byte[] bytes;
    try {
      bytes = Base64.getUrlDecoder().decode(nonce);
    } catch (IllegalArgumentException e) {
      return false;
    }
    if (bytes.length != LENGTH) {
      return false;
    }
    var parts = ByteBuffer.wrap(bytes);
    long made = parts.getLong();
    byte[] shown = new byte[MAC_BYTES];
    parts.position(LENGTH - MAC_BYTES).get(shown);
    if (!MessageDigest.isEqual(shown, mac(bytes, conversation))) {
      return false;
    }
    long age = clock.millis() - made;
    synchronized (used) {
      return age >= 0 && age <= LIFE.toMillis() && !used.containsKey(nonce);
    }
  }

  /// Takes a nonce that someone has proved something with.
  ///
  /// @param who the token or the host that it was made for
  Outcome use(String nonce, String who) {
    Instant now = clock.instant();
    synchronized (used) {
      used.values().removeIf(use -> !now.isBefore(use.end()));
      if (used.containsKey(nonce)) {
        return Outcome.USED;
      }
      long byOne = used.values().stream().filter(use -> use.who().equals(who)).count();
      if (used.size() >= MAX_USED || byOne >= MAX_USED_BY_ONE) {
        return Outcome.FULL;
      }
      used.put(nonce, new Use(who, now.plus(LIFE).plus(LIFE)));
      return Outcome.TAKEN;
    }
  }

  private byte[] mac(byte[] nonce, String conversation) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      mac.update(nonce, 0, Long.BYTES + RANDOM_BYTES);
      return mac.doFinal(conversation.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the JDK lacks " + ALGORITHM, e);
    }
  }
}
