package io.croft.security.oidc;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.nimbusds.jose.jwk.JWKSet;
import io.croft.base.LruMap;
import io.croft.base.Sha256;
import io.croft.model.Json;
import io.croft.security.UserInfo;
import io.croft.security.oidc.ClaimExpressions.ExpressionException;
import io.croft.security.oidc.ClaimMapping.ClaimException;
import io.croft.security.token.InvalidTokenException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/// Verifies the tokens of one issuer, and makes users of them. Thread-safe.
final class JwtAuthenticator {
  /// How far the issuer's clock may be ahead or behind.
  static final Duration SKEW = Duration.ofSeconds(30);

  private static final int REMEMBERED = 1024;

  private final JwtIssuer issuer;
  private final IssuerKeys keys;
  private final InstantSource clock;

  /// Claims by the hashes of tokens whose signatures were verified, the least recently used ones
  /// forgotten. Everything else is looked at every time.
  private final Map<ByteBuffer, Signed> verified = new LruMap<>(REMEMBERED);

  /// @param keys the issuer's when the signature was verified
  private record Signed(JWKSet keys, ObjectNode claims) {}

  JwtAuthenticator(JwtIssuer issuer, IssuerKeys keys, InstantSource clock) {
    this.issuer = issuer;
    this.keys = keys;
    this.clock = clock;
  }

  UserInfo authenticate(String token) throws InvalidTokenException {
    ObjectNode claims = claims(token);
    checkIssuerAndTime(claims);
    checkAudience(claims);
    try {
      UserInfo user = user(claims);
      checkClaims(claims);
      checkUser(user);
      return user;
    } catch (ClaimException e) {
      throw new InvalidTokenException(String.valueOf(e.getMessage()));
    }
  }

  @SuppressWarnings("ReferenceEquality") // the very keys that were used before
  private ObjectNode claims(String token) throws InvalidTokenException {
    SignedToken signed = SignedToken.parse(token);
    ByteBuffer hash = hash(token);
    JWKSet current = keys.current();
    synchronized (verified) {
      Signed known = verified.get(hash);
      if (known != null && known.keys() == current) {
        return known.claims();
      }
    }
    ObjectNode claims = signed.claims(keys.matching(signed.jws().getHeader()));
    JWKSet used = keys.current();
    if (used != null) {
      synchronized (verified) {
        verified.put(hash, new Signed(used, claims));
      }
    }
    return claims;
  }

  private static ByteBuffer hash(String token) {
    return ByteBuffer.wrap(Sha256.of(token.getBytes(StandardCharsets.UTF_8)));
  }

  private void checkIssuerAndTime(ObjectNode claims) throws InvalidTokenException {
    if (!claims.path("iss").asText("").equals(issuer.url())) {
      throw new InvalidTokenException("the token is of another issuer");
    }
    Instant now = clock.instant();
    JsonNode end = claims.path("exp");
    if (!end.isNumber() || end.asDouble() <= now.minus(SKEW).getEpochSecond()) {
      throw new InvalidTokenException("the token has expired");
    }
    double soon = now.plus(SKEW).getEpochSecond();
    if (claims.path("nbf").asDouble() > soon || claims.path("iat").asDouble() > soon) {
      throw new InvalidTokenException("the token is not valid yet");
    }
  }

  private void checkAudience(ObjectNode claims) throws InvalidTokenException {
    JsonNode audience = claims.path("aud");
    for (JsonNode one : audience.isArray() ? audience : List.of(audience)) {
      if (one.isTextual() && issuer.audiences().contains(one.textValue())) {
        return;
      }
    }
    throw new InvalidTokenException("the token is for another audience");
  }

  private UserInfo user(ObjectNode claims) throws ClaimException {
    String name = issuer.username().text(claims, "the username");
    if (issuer.username() instanceof ClaimMapping.Claim(String claim, String _)) {
      if (claim.equals("email") && !isTrueOrMissing(claims.path("email_verified"))) {
        throw new ClaimException("the email address is not verified");
      }
      if (claims.path(claim).asText("").isEmpty()) {
        throw new ClaimException("the username is empty");
      }
    }
    if (name.isEmpty()) {
      throw new ClaimException("the username is empty");
    }
    var groups = new LinkedHashSet<>(issuer.groups().texts(claims, "groups"));
    groups.add(UserInfo.AUTHENTICATED);
    String uid =
        issuer.uid() instanceof ClaimMapping.None ? "" : issuer.uid().text(claims, "the uid");
    var extra = new LinkedHashMap<String, List<String>>();
    for (JwtIssuer.Extra mapping : issuer.extra()) {
      List<String> values = mapping.value().texts(claims, "extra " + mapping.key());
      if (!values.isEmpty()) {
        extra.put(mapping.key(), values);
      }
    }
    return new UserInfo(name, uid, new ArrayList<>(groups), extra);
  }

  private static boolean isTrueOrMissing(JsonNode value) {
    return value.isMissingNode() || (value.isBoolean() && value.booleanValue());
  }

  private void checkClaims(ObjectNode claims) throws ClaimException {
    for (JwtIssuer.RequiredClaim required : issuer.requiredClaims()) {
      JsonNode value = claims.path(required.name());
      if (!value.isTextual() || !value.textValue().equals(required.value())) {
        throw new ClaimException(
            "the claim " + required.name() + " does not have the value that is required");
      }
    }
    check(issuer.claimRules(), claims);
  }

  private void checkUser(UserInfo user) throws ClaimException {
    if (!issuer.userRules().isEmpty()) {
      check(issuer.userRules(), toJson(user));
    }
  }

  private static void check(List<JwtIssuer.Rule> rules, ObjectNode over) throws ClaimException {
    for (JwtIssuer.Rule rule : rules) {
      try {
        JsonNode holds = rule.expression().evaluate(over);
        if (!holds.isBoolean() || !holds.booleanValue()) {
          throw new ClaimException(
              "validation expression failed"
                  + (rule.message().isEmpty() ? "" : ": " + rule.message()));
        }
      } catch (ExpressionException e) {
        throw new ClaimException("a validation expression has no value: " + e.getMessage());
      }
    }
  }

  private static ObjectNode toJson(UserInfo user) {
    ObjectNode json = Json.object().put("username", user.name()).put("uid", user.uid());
    ArrayNode groups = json.putArray("groups");
    user.groups().stream()
        .filter(group -> !group.equals(UserInfo.AUTHENTICATED))
        .forEach(groups::add);
    ObjectNode extra = json.putObject("extra");
    user.extra().forEach((key, values) -> values.forEach(extra.putArray(key)::add));
    return json;
  }
}
