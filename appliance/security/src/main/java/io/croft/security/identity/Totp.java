package io.croft.security.identity;

import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// One-time codes by the time (RFC 6238): HMAC-SHA-1, six digits, steps of 30 seconds, which is
/// what every authenticator app knows.
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Totp(byte[] secret) {
  private static final int SECRET_BYTES = 20;
  private static final int STEP_SECONDS = 30;
  private static final int DIGITS = 6;
  private static final int MODULUS = 1_000_000;
  private static final String BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  private static final SecureRandom RANDOM = new SecureRandom();

  public static Totp generate() {
    byte[] secret = new byte[SECRET_BYTES];
    RANDOM.nextBytes(secret);
    return new Totp(secret);
  }

  /// The step at which a code is good: that of now, or the one before or after, but none up to that
  /// of a code that was used already.
  ///
  /// @param last the step of the code that was used last
  public OptionalLong verify(String code, Instant now, long last) {
    if (code.length() != DIGITS) {
      return OptionalLong.empty();
    }
    long current = now.getEpochSecond() / STEP_SECONDS;
    OptionalLong found = OptionalLong.empty();
    for (long step = current - 1; step <= current + 1; step++) {
      boolean same =
          MessageDigest.isEqual(
              code.getBytes(StandardCharsets.UTF_8), at(step).getBytes(StandardCharsets.UTF_8));
      if (same && step > last) {
        found = OptionalLong.of(step);
      }
    }
    return found;
  }

  /// The code at a moment.
  public String at(Instant time) {
    return at(time.getEpochSecond() / STEP_SECONDS);
  }

  private String at(long step) {
    try {
      Mac mac = Mac.getInstance("HmacSHA1");
      mac.init(new SecretKeySpec(secret, "HmacSHA1"));
      ByteBuffer hash =
          ByteBuffer.wrap(mac.doFinal(ByteBuffer.allocate(Long.BYTES).putLong(step).array()));
      int offset = hash.get(hash.capacity() - 1) & 0xf; // RFC 4226 section 5.3
      int number = (hash.getInt(offset) & 0x7fff_ffff) % MODULUS;
      return String.format(Locale.ROOT, "%06d", number);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the JDK lacks HMAC-SHA-1", e);
    }
  }

  /// What authenticator apps read, mostly as a QR code.
  public String uri(String user, String server) {
    String issuer = URLEncoder.encode(server, StandardCharsets.UTF_8).replace("+", "%20");
    return "otpauth://totp/%s:%s?secret=%s&issuer=%s".formatted(issuer, user, base32(), issuer);
  }

  /// The secret in Base32 (RFC 4648), without padding.
  public String base32() {
    var text = new StringBuilder();
    int bits = 0;
    int count = 0;
    for (byte b : secret) {
      bits = (bits << 8 | (b & 0xff)) & 0xffff;
      count += 8;
      while (count >= 5) {
        count -= 5;
        text.append(BASE32.charAt(bits >> count & 31));
      }
    }
    return count == 0
        ? text.toString()
        : text.append(BASE32.charAt(bits << (5 - count) & 31)).toString();
  }

  /// @return empty for a text that is no such secret
  public static Optional<Totp> parse(String base32) {
    var bytes = ByteBuffer.allocate(base32.length() * 5 / 8);
    int bits = 0;
    int count = 0;
    for (int i = 0; i < base32.length(); i++) {
      int value = BASE32.indexOf(base32.charAt(i));
      if (value < 0) {
        return Optional.empty();
      }
      bits = (bits << 5 | value) & 0xffff;
      count += 5;
      if (count >= 8) {
        count -= 8;
        bytes.put((byte) (bits >> count));
      }
    }
    return bytes.capacity() < 10 ? Optional.empty() : Optional.of(new Totp(bytes.array()));
  }
}
