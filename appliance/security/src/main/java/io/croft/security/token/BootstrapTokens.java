package io.croft.security.token;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.model.ApiObject;
import io.croft.security.UserInfo;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// Bootstrap tokens, `ID.SECRET`: what a host that has no certificate yet asks for one with. Each
/// is a Secret `bootstrap-token-ID` in `kube-system`. Thread-safe.
public final class BootstrapTokens {
  /// Of the Secrets.
  public static final String TYPE = "bootstrap.kubernetes.io/token";

  /// Where the Secrets are.
  public static final String NAMESPACE = "kube-system";

  private static final Pattern TOKEN = Pattern.compile("([a-z0-9]{6})\\.([a-z0-9]{16})");
  private static final String GROUP = "system:bootstrappers";
  private static final Pattern EXTRA_GROUP =
      Pattern.compile("system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]");

  private final ObjectLookup objects;
  private final InstantSource clock;

  BootstrapTokens(ObjectLookup objects, InstantSource clock) {
    this.objects = objects;
    this.clock = clock;
  }

  /// Whether a token is of this kind, good or not.
  static boolean hasForm(String token) {
    return token.length() < 32 && TOKEN.matcher(token).matches();
  }

  /// @throws InvalidTokenException when the token is not good
  UserInfo verify(String token) throws InvalidTokenException {
    String id = token.substring(0, token.indexOf('.'));
    ApiObject secret =
        objects
            .find("secrets", NAMESPACE, "bootstrap-token-" + id)
            .filter(found -> found.deletionTimestamp() == null)
            .filter(found -> found.json().path("type").asText("").equals(TYPE))
            .orElseThrow(() -> new InvalidTokenException("the bootstrap token is not known"));
    boolean isItself =
        equal(data(secret, "token-id"), id)
            && equal(data(secret, "token-secret"), token.substring(id.length() + 1));
    if (!isItself) {
      throw new InvalidTokenException("the bootstrap token is not known");
    }
    if (hasExpired(secret, clock.instant())) {
      throw new InvalidTokenException("the bootstrap token has expired");
    }
    if (!data(secret, "usage-bootstrap-authentication").equals("true")) {
      throw new InvalidTokenException("the bootstrap token is not meant for authentication");
    }
    return new UserInfo("system:bootstrap:" + id, "", groups(secret), Map.of());
  }

  private static List<String> groups(ApiObject secret) throws InvalidTokenException {
    var groups = new ArrayList<>(List.of(GROUP));
    for (String extra : data(secret, "auth-extra-groups").split(",")) {
      String group = extra.strip();
      if (!group.isEmpty() && !EXTRA_GROUP.matcher(group).matches()) {
        throw new InvalidTokenException("the bootstrap token has a group that it may not give");
      }
      if (!group.isEmpty()) {
        groups.add(group);
      }
    }
    groups.add(UserInfo.AUTHENTICATED);
    return groups;
  }

  private static boolean equal(String kept, String shown) {
    return MessageDigest.isEqual(
        kept.getBytes(StandardCharsets.UTF_8), shown.getBytes(StandardCharsets.UTF_8));
  }

  /// Whether a token's time is over; so is that of one whose end cannot be read.
  public static boolean hasExpired(ApiObject secret, Instant now) {
    try {
      return expiration(secret).filter(end -> !now.isBefore(end)).isPresent();
    } catch (DateTimeException _) {
      return true;
    }
  }

  /// When a token ends; empty for never.
  ///
  /// @throws DateTimeException when that cannot be read
  public static Optional<Instant> expiration(ApiObject secret) {
    String end = data(secret, "expiration");
    return end.isEmpty() ? Optional.empty() : Optional.of(OffsetDateTime.parse(end).toInstant());
  }

  private static String data(ApiObject secret, String name) {
    JsonNode value = secret.json().path("data").path(name);
    try {
      return new String(Base64.getDecoder().decode(value.asText("")), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException _) {
      return "";
    }
  }
}
