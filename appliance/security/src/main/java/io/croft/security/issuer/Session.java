package io.croft.security.issuer;

import io.croft.model.ApiObject;
import io.croft.model.OwnerReference;
import io.croft.security.identity.IdentityKinds;
import io.croft.security.identity.LocalLogin.Outcome.LoggedIn;
import io.croft.security.identity.LocalUser;
import io.croft.security.identity.OpaqueSecret;
import io.croft.security.identity.SecretObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/// What somebody has open: the Secret `session-ID`, which goes with its user. Its refresh tokens
/// are `ID.FAMILY.RANDOM`: all have the first two parts, and no two the last. Only hashes of them
/// are kept. Not thread-safe.
record Session(SecretObject secret) {
  static final String TYPE = IdentityKinds.GROUP + "/session";
  static final String USER_LABEL = IdentityKinds.GROUP + "/user";
  static final String KIND_LABEL = IdentityKinds.GROUP + "/kind";
  static final String PREFIX = "session-";

  /// A session ends this long after the login, used or not.
  static final Duration LIFE = Duration.ofDays(7);

  /// A session that is not used ends earlier.
  static final Duration IDLE = Duration.ofDays(1);

  /// A client that never heard the answer may show the token before once more within this time.
  static final Duration GRACE = Duration.ofSeconds(10);

  private static final String ID_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";
  private static final int ID_CHARS = 20;
  private static final int FAMILY_BYTES = 16;
  private static final int TOKEN_BYTES = 32;

  static Session create(LoggedIn login, Instant now) {
    LocalUser user = login.user();
    String id = OpaqueSecret.random(ID_CHARS, ID_ALPHABET);
    SecretObject secret =
        SecretObject.create(
                PREFIX + id, TYPE, Map.of(USER_LABEL, user.name(), KIND_LABEL, "session"))
            .put("user", user.name())
            .put("uid", user.uid())
            .put("created", String.valueOf(now.getEpochSecond()))
            .put("second-factor", String.valueOf(login.secondFactor()))
            .put("proof", login.proof());
    secret
        .object()
        .setOwnerReferences(
            List.of(
                new OwnerReference(
                    IdentityKinds.GROUP + "/" + IdentityKinds.VERSION,
                    "User",
                    user.name(),
                    user.uid(),
                    false,
                    false)));
    return new Session(secret);
  }

  static Session of(ApiObject stored) {
    return new Session(new SecretObject(stored.copy()));
  }

  String id() {
    return secret.object().name().substring(PREFIX.length());
  }

  String user() {
    return secret.get("user");
  }

  String uid() {
    return secret.get("uid");
  }

  boolean secondFactor() {
    return secret.get("second-factor").equals("true");
  }

  /// Whether the user's password and second factor are still those that it was opened with.
  boolean isBy(String proof) {
    return OpaqueSecret.same(secret.get("proof"), proof);
  }

  Instant created() {
    return Instant.ofEpochSecond(secret.number("created"));
  }

  boolean hasEnded(Instant now) {
    Instant used = Instant.ofEpochSecond(secret.number("rotated"));
    return !now.isBefore(created().plus(LIFE)) || !now.isBefore(used.plus(IDLE));
  }

  /// The first refresh token.
  String firstToken(Instant now) {
    String family = OpaqueSecret.random(FAMILY_BYTES);
    secret.put("family", OpaqueSecret.hash(family));
    return next(family, "", now);
  }

  /// A new refresh token; those before count no more, but for the grace of the one that was shown.
  String rotate(String shown, Instant now) {
    boolean isCurrent = OpaqueSecret.same(secret.get("current"), OpaqueSecret.hash(shown));
    return next(family(shown), isCurrent ? OpaqueSecret.hash(shown) : "", now);
  }

  private String next(String family, String previous, Instant now) {
    String token = id() + "." + family + "." + OpaqueSecret.random(TOKEN_BYTES);
    secret
        .put("previous", previous)
        .put("current", OpaqueSecret.hash(token))
        .put("rotated", String.valueOf(now.getEpochSecond()));
    return token;
  }

  /// Whether a refresh token is one of this session's, whether or not it still counts. Nobody who
  /// only knows the name of a session can make one up.
  boolean hasIssued(String token) {
    return OpaqueSecret.same(secret.get("family"), OpaqueSecret.hash(family(token)));
  }

  /// Whether a refresh token of this session is the one that counts.
  boolean accepts(String token, Instant now) {
    String hash = OpaqueSecret.hash(token);
    boolean graced =
        now.isBefore(Instant.ofEpochSecond(secret.number("rotated")).plus(GRACE))
            && OpaqueSecret.same(secret.get("previous"), hash);
    return OpaqueSecret.same(secret.get("current"), hash) || graced;
  }

  private static String family(String token) {
    String[] parts = token.split("\\.", -1);
    return parts.length == 3 ? parts[1] : "";
  }
}
