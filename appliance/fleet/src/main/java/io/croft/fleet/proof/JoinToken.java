package io.croft.fleet.proof;

import io.croft.base.Sha256;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What whoever joins a host is given: one word that survives being pasted, with a checksum.
///
/// `croft1.ROLE.EXPIRES.ID.SECRET.AUTHORITY.CHECKSUM`: the version of the form, the role, the end
/// of its life in seconds since 1970 (hexadecimal), the name of the [io.croft.fleet.kinds]
/// `JoinToken`, 160 random bits, the SHA-256 of the appliance's root certificate, and the first
/// four bytes of the SHA-256 of what stands before. All but the role are hexadecimal digits, so
/// that a double click takes the whole word and case does not matter.
///
/// @param id 12 hexadecimal digits
/// @param secret 40 hexadecimal digits; what proves the right to join, and never sent
/// @param authority SHA-256 of the root certificate, 64 hexadecimal digits
public record JoinToken(Role role, Instant expires, String id, String secret, String authority) {
  private static final String VERSION = "croft1";
  private static final Pattern FORM =
      Pattern.compile(
          "croft(?<version>[0-9]+)\\.(?<role>[a-z]+)\\.(?<expires>[0-9a-f]{1,12})"
              + "\\.(?<id>[0-9a-f]{12})\\.(?<secret>[0-9a-f]{40})\\.(?<authority>[0-9a-f]{64})"
              + "\\.(?<checksum>[0-9a-f]{8})");
  private static final int MAX_LENGTH = 256;
  private static final SecureRandom RANDOM = new SecureRandom();

  /// A new one, of whole seconds.
  public static JoinToken create(Role role, Instant expires, String authority) {
    return new JoinToken(
        role, Instant.ofEpochSecond(expires.getEpochSecond()), random(6), random(20), authority);
  }

  private static String random(int bytes) {
    byte[] random = new byte[bytes];
    RANDOM.nextBytes(random);
    return HexFormat.of().formatHex(random);
  }

  /// @throws MalformedTokenException saying what is wrong with it
  public static JoinToken parse(String text) throws MalformedTokenException {
    String word = text.strip().toLowerCase(Locale.ROOT);
    if (!word.startsWith("croft") || word.length() > MAX_LENGTH) {
      throw new MalformedTokenException(
          "this is no join token (those begin with \"croft1.\"); make one: croft token create");
    }
    Matcher parts = FORM.matcher(word);
    if (!parts.matches()) {
      throw new MalformedTokenException(
          "the join token is not whole; copy all of the line that croft token create printed");
    }
    if (!parts.group("version").equals("1")) {
      throw new MalformedTokenException(
          "the join token is of version %s, this croft knows version 1; use the same croft on both sides"
              .formatted(parts.group("version")));
    }
    String body = word.substring(0, word.lastIndexOf('.'));
    if (!checksum(body).equals(parts.group("checksum"))) {
      throw new MalformedTokenException(
          "the join token was not copied as it was: its checksum does not match");
    }
    Role role =
        Role.of(parts.group("role"))
            .orElseThrow(() -> new MalformedTokenException("the join token has an unknown role"));
    return new JoinToken(
        role,
        Instant.ofEpochSecond(Long.parseLong(parts.group("expires"), 16)),
        parts.group("id"),
        parts.group("secret"),
        parts.group("authority"));
  }

  /// The word that is handed over. It is as good as a password.
  public String text() {
    String body =
        "%s.%s.%x.%s.%s.%s"
            .formatted(VERSION, role.text(), expires.getEpochSecond(), id, secret, authority);
    return body + "." + checksum(body);
  }

  private static String checksum(String body) {
    byte[] digest = Sha256.of(body.getBytes(StandardCharsets.US_ASCII));
    return HexFormat.of().formatHex(digest, 0, 4);
  }

  /// Never shows the secret.
  @Override
  public String toString() {
    return "JoinToken[" + id + "]";
  }
}
