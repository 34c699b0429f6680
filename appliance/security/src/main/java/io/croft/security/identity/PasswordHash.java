package io.croft.security.identity;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/// The hash of a password by Argon2id (RFC 9106), in the PHC string format:
/// `$argon2id$v=19$m=19456,t=2,p=1$SALT$HASH`.
@SuppressWarnings("ArrayRecordComponent") // never compared as a record
public record PasswordHash(int memoryKib, int passes, int lanes, byte[] salt, byte[] hash) {
  public static final int MIN_CHARS = 12;
  public static final int MAX_BYTES = 1024;

  /// What OWASP recommends: a second of a small machine's processor for a few dozen guesses.
  private static final int MEMORY_KIB = 19 << 10;

  private static final int PASSES = 2;
  private static final int LANES = 1;
  private static final int SALT_BYTES = 16;
  private static final int HASH_BYTES = 32;
  private static final int MAX_MEMORY_KIB = 128 << 10;
  private static final int MAX_WORK = 10;

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Pattern FORM =
      Pattern.compile(
          "\\$argon2id\\$v=19\\$m=(\\d{1,7}),t=(\\d{1,3}),p=(\\d{1,3})"
              + "\\$([A-Za-z0-9+/]{11,86})\\$([A-Za-z0-9+/]{22,86})");

  public static PasswordHash of(String password) {
    byte[] salt = new byte[SALT_BYTES];
    RANDOM.nextBytes(salt);
    return new PasswordHash(
        MEMORY_KIB,
        PASSES,
        LANES,
        salt,
        derive(password, MEMORY_KIB, PASSES, LANES, salt, HASH_BYTES));
  }

  /// @return empty for a text of another form, or one that would cost too much to verify
  public static Optional<PasswordHash> parse(String text) {
    Matcher parts = FORM.matcher(text);
    if (!parts.matches()) {
      return Optional.empty();
    }
    int memory = Integer.parseInt(parts.group(1));
    int passes = Integer.parseInt(parts.group(2));
    int lanes = Integer.parseInt(parts.group(3));
    boolean bearable =
        lanes >= 1
            && lanes <= MAX_WORK
            && passes >= 1
            && passes <= MAX_WORK
            && memory >= 8 * lanes
            && memory <= MAX_MEMORY_KIB;
    if (!bearable) {
      return Optional.empty();
    }
    try {
      Base64.Decoder decoder = Base64.getDecoder();
      return Optional.of(
          new PasswordHash(
              memory,
              passes,
              lanes,
              decoder.decode(parts.group(4)),
              decoder.decode(parts.group(5))));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /// Takes long, on purpose.
  public boolean matches(String password) {
    return MessageDigest.isEqual(
        hash, derive(password, memoryKib, passes, lanes, salt, hash.length));
  }

  private static byte[] derive(
      String password, int memoryKib, int passes, int lanes, byte[] salt, int bytes) {
    var generator = new Argon2BytesGenerator();
    generator.init(
        new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
            .withVersion(Argon2Parameters.ARGON2_VERSION_13)
            .withMemoryAsKB(memoryKib)
            .withIterations(passes)
            .withParallelism(lanes)
            .withSalt(salt)
            .build());
    byte[] hash = new byte[bytes];
    generator.generateBytes(password.getBytes(StandardCharsets.UTF_8), hash);
    return hash;
  }

  /// The PHC string.
  @Override
  public String toString() {
    Base64.Encoder encoder = Base64.getEncoder().withoutPadding();
    return "$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s"
        .formatted(
            memoryKib, passes, lanes, encoder.encodeToString(salt), encoder.encodeToString(hash));
  }
}
