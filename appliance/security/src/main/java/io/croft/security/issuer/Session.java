package io.croft.security.issuer;

import io.croft.model.ApiObject;
import io.croft.model.OwnerReference;
import io.croft.security.identity.IdentityKinds;
import io.croft.security.identity.Login.Outcome.LoggedIn;
import io.croft.security.identity.LoginUser;
import io.croft.security.identity.OpaqueSecret;
import io.croft.security.identity.SecretObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/// What somebody has open: the Secret `session-ID`, which goes with its user if that is kept here.
/// A program's has refresh tokens `ID.FAMILY.RANDOM`: all have the first two parts, and no two the
/// last. A browser's has a cookie `ID.RANDOM`. Only hashes of them are kept. Not thread-safe.
record Session(SecretObject secret) {
  static final String TYPE = IdentityKinds.GROUP + "/session";
  static final String USER_LABEL = IdentityKinds.GROUP + "/user";
  static final String KIND_LABEL = IdentityKinds.GROUP + "/kind";
  static final String PREFIX = "session-";

  /// A session ends this long after the login, used or not.
  static final Duration LIFE = Duration.ofDays(7);

  /// A session that is not used ends earlier.
  static final Duration IDLE = Duration.ofDays(1);

  /// Those of browsers end earlier.
  static final Duration BROWSER_LIFE = Duration.ofHours(12);

  static final Duration BROWSER_IDLE = Duration.ofHours(1);

  /// How exactly it is kept when a browser's was used last: each time costs a write.
  static final Duration USE_STEP = Duration.ofMinutes(1);

  /// A client that never heard the answer may show the token before once more within this time.
  static final Duration GRACE = Duration.ofSeconds(10);

  private static final String ID_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";
  private static final int ID_CHARS = 20;
  private static final int FAMILY_BYTES = 16;
  private static final int TOKEN_BYTES = 32;

  static Session create(LoggedIn login, Instant now) {
    LoginUser user = login.user();
    String id = OpaqueSecret.random(ID_CHARS, ID_ALPHABET);
    SecretObject secret =
        SecretObject.create(
                PREFIX + id, TYPE, Map.of(USER_LABEL, label(user), KIND_LABEL, "session"))
            .put("user", user.name())
            .put("directory", user.directory())
            .put("login", login.login())
            .put("uid", user.uid())
            .put("created", String.valueOf(now.getEpochSecond()))
            .put("second-factor", String.valueOf(login.secondFactor()))
            .put("proof", login.proof());
    if (user.directory().isEmpty()) {
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
    }
    return new Session(secret);
  }

  /// By which the sessions of a user are found. Names of other directories may be no labels.
  static String label(LoginUser user) {
    return user.directory().isEmpty()
        ? user.name()
        : "d-" + OpaqueSecret.hash(user.directory() + "\n" + user.name()) + "-d";
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

  /// Where the user is kept; empty for here.
  String directory() {
    return secret.get("directory");
  }

  /// The name that was typed.
  String login() {
    return secret.get("login");
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

  /// When it was used last, or a little earlier.
  Instant used() {
    return Instant.ofEpochSecond(secret.number("rotated"));
  }

  boolean hasEnded(Instant now) {
    Duration life = isBrowsers() ? BROWSER_LIFE : LIFE;
    Duration idle = isBrowsers() ? BROWSER_IDLE : IDLE;
    return !now.isBefore(created().plus(life)) || !now.isBefore(used().plus(idle));
  }

  boolean isBrowsers() {
    return !secret.get("cookie").isEmpty();
  }

  /// From where it was opened; empty when that was not kept.
  String address() {
    return secret.get("address");
  }

  /// Makes it a browser's.
  ///
  /// @return the cookie
  String openCookie(String address, Instant now) {
    String random = OpaqueSecret.random(TOKEN_BYTES);
    secret
        .put("cookie", OpaqueSecret.hash(random))
        .put("address", address)
        .put("rotated", String.valueOf(now.getEpochSecond()));
    return id() + "." + random;
  }

  boolean acceptsCookie(String cookie) {
    int dot = cookie.indexOf('.');
    return isBrowsers()
        && OpaqueSecret.same(secret.get("cookie"), OpaqueSecret.hash(cookie.substring(dot + 1)));
  }

  /// Notes that it is used.
  ///
  /// @return whether that is worth storing
  boolean touch(Instant now) {
    if (now.isBefore(used().plus(USE_STEP))) {
      return false;
    }
    secret.put("rotated", String.valueOf(now.getEpochSecond()));
    return true;
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
