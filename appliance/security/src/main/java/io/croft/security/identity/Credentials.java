package io.croft.security.identity;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/// What proves that somebody is a user: the Secret `user-NAME`. Not thread-safe.
///
/// | key | |
/// |---|---|
/// | `password` | its {@link PasswordHash} |
/// | `totp-secret` | of the second factor, in Base32; without it there is none |
/// | `totp-last-step` | when the last code was used |
/// | `recovery-codes` | hashes of those that are left, by line |
public record Credentials(SecretObject secret) {
  public static final String TYPE = IdentityKinds.GROUP + "/user";
  public static final String PASSWORD = "password";
  public static final String TOTP = "totp-secret";
  public static final String LAST_STEP = "totp-last-step";
  public static final String RECOVERY = "recovery-codes";

  private static final int RECOVERY_CODES = 10;
  private static final int RECOVERY_CHARS = 16;
  private static final String RECOVERY_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789";

  /// The name of a user's Secret.
  public static String name(String user) {
    return "user-" + user;
  }

  public Optional<PasswordHash> password() {
    return PasswordHash.parse(secret.get(PASSWORD));
  }

  /// Whether the password alone is not enough.
  public boolean hasSecondFactor() {
    return !secret.get(TOTP).isEmpty();
  }

  /// Changes with the password and the second factor, and tells nothing of them: what was opened
  /// with others ends.
  public String proof() {
    return OpaqueSecret.hash(secret.get(PASSWORD) + "\n" + secret.get(TOTP));
  }

  /// Uses up a one-time code or a recovery code; the Secret must be stored then.
  ///
  /// @return whether it was good
  boolean useCode(String code, Instant now) {
    String shown = code.strip().replace(" ", "").replace("-", "").toLowerCase(Locale.ROOT);
    OptionalLong step =
        Totp.parse(secret.get(TOTP))
            .map(totp -> totp.verify(shown, now, secret.number(LAST_STEP)))
            .orElse(OptionalLong.empty());
    if (step.isPresent()) {
      secret.put(LAST_STEP, String.valueOf(step.getAsLong()));
      return true;
    }
    List<String> left = new ArrayList<>(secret.get(RECOVERY).lines().toList());
    String hash = OpaqueSecret.hash(shown);
    boolean used = left.removeIf(kept -> OpaqueSecret.same(kept, hash));
    if (used) {
      secret.put(RECOVERY, String.join("\n", left));
    }
    return used;
  }

  /// New recovery codes, each good once.
  public static List<String> newRecoveryCodes() {
    return IntStream.range(0, RECOVERY_CODES)
        .mapToObj(_ -> OpaqueSecret.random(RECOVERY_CHARS, RECOVERY_ALPHABET))
        .toList();
  }

  /// As the Secret keeps them.
  public static String hashes(List<String> recoveryCodes) {
    return String.join("\n", recoveryCodes.stream().map(OpaqueSecret::hash).toList());
  }
}
