package io.croft.security.identity;

import io.croft.base.Sha256;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;

/// Random texts that someone shows later, of which only hashes are kept. They are long, so a plain
/// hash is enough.
public final class OpaqueSecret {
  private static final SecureRandom RANDOM = new SecureRandom();

  private OpaqueSecret() {}

  /// @param bytes how random: 8 bits each
  /// @return of the alphabet of URLs
  public static String random(int bytes) {
    byte[] random = new byte[bytes];
    RANDOM.nextBytes(random);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
  }

  /// @param alphabet of ASCII
  public static String random(int chars, String alphabet) {
    var text = new StringBuilder();
    for (int i = 0; i < chars; i++) {
      text.append(alphabet.charAt(RANDOM.nextInt(alphabet.length())));
    }
    return text.toString();
  }

  /// SHA-256 in the alphabet of URLs.
  public static String hash(String secret) {
    byte[] digest = Sha256.of(secret.getBytes(StandardCharsets.UTF_8));
    return Base64.getUrlEncoder().withoutPadding().encodeToString(digest);
  }

  /// Compares without telling by the time where texts differ.
  public static boolean same(String a, String b) {
    return MessageDigest.isEqual(
        a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
  }
}
