package io.croft.security.issuer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.jwk.ECKey;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.security.identity.LoginUser;
import io.croft.security.token.InvalidTokenException;
import io.croft.security.token.IssuedTokens;
import io.croft.security.token.ServiceAccountTokens;
import io.croft.security.token.TokenVerifier;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/// Issues the ID tokens of local users, and verifies them: each time, the session must be open and
/// its user not disabled, so that either ends a token at once. Thread-safe.
final class IdTokens implements IssuedTokens {
  /// How long others believe a token that nobody asks about.
  static final Duration LIFE = Duration.ofMinutes(10);

  private static final int MAX_CHARS = 32 << 10;
  private static final Duration LEEWAY = Duration.ofMinutes(1);
  private static final String CREDENTIAL_ID = "authentication.kubernetes.io/credential-id";

  private final Supplier<String> issuer;
  private final KeyStore keys;
  private final Sessions sessions;
  private final InstantSource clock;

  /// @param issuer its URL
  IdTokens(Supplier<String> issuer, KeyStore keys, Sessions sessions, InstantSource clock) {
    this.issuer = issuer;
    this.keys = keys;
    this.sessions = sessions;
    this.clock = clock;
  }

  /// @param nonce that the client wants to see again; may be empty
  String issue(Session session, LoginUser user, String nonce) {
    Instant now = clock.instant();
    ObjectNode claims =
        Json.object()
            .put("iss", issuer.get())
            .put("sub", user.uid())
            .put("aud", Client.ID)
            .put("exp", now.plus(LIFE).getEpochSecond())
            .put("iat", now.getEpochSecond())
            .put("auth_time", session.created().getEpochSecond())
            .put("jti", UUID.randomUUID().toString())
            .put("sid", session.id())
            .put("preferred_username", user.name());
    claims.putArray("amr").add("pwd");
    if (session.secondFactor()) {
      claims.withArray("amr").add("otp");
    }
    user.groups().forEach(claims.putArray("groups")::add);
    if (!nonce.isEmpty()) {
      claims.put("nonce", nonce);
    }
    if (!user.displayName().isEmpty()) {
      claims.put("name", user.displayName());
    }
    if (!user.email().isEmpty()) {
      claims.put("email", user.email()).put("email_verified", false);
    }
    return sign(claims, keys.keys().signing(now));
  }

  private static String sign(ObjectNode claims, ECKey key) {
    var header = new JWSHeader.Builder(JWSAlgorithm.ES256).keyID(key.getKeyID()).build();
    var jws = new JWSObject(header, new Payload(Json.text(claims)));
    try {
      jws.sign(new ECDSASigner(key));
    } catch (JOSEException e) {
      throw new IllegalStateException("a token cannot be signed", e);
    }
    return jws.serialize();
  }

  @Override
  public boolean knows(String named) {
    return named.equals(issuer.get());
  }

  @Override
  public TokenVerifier.Verified verify(String token, List<String> audiences)
      throws InvalidTokenException {
    if (!IssuedTokens.includeApi(audiences)) {
      throw new InvalidTokenException("the token is for another audience");
    }
    ObjectNode claims = claims(token);
    LoginUser user =
        sessions
            .user(claims.path("sid").asText(""))
            .filter(u -> u.uid().equals(claims.path("sub").asText("")))
            .orElseThrow(() ->
                new InvalidTokenException(
                    "the token's session has ended, or its user is disabled"));
    var id = List.of("JTI=" + claims.path("jti").asText(""));
    return new TokenVerifier.Verified(
        user.info(Map.of(CREDENTIAL_ID, id)),
        List.of(ServiceAccountTokens.ISSUER),
        Optional.of(sessions.standing(claims.path("sid").asText(""))));
  }

  /// The session of a token that is good in itself.
  String session(String token) throws InvalidTokenException {
    return claims(token).path("sid").asText("");
  }

  private ObjectNode claims(String token) throws InvalidTokenException {
    if (token.length() > MAX_CHARS) {
      throw new InvalidTokenException("the token is too long");
    }
    ObjectNode claims;
    try {
      JWSObject jws = JWSObject.parse(token);
      JWSHeader header = jws.getHeader();
      ECKey key =
          keys.keys()
              .find(String.valueOf(header.getKeyID()))
              .filter(_ -> header.getAlgorithm().equals(JWSAlgorithm.ES256))
              .orElseThrow(() -> new InvalidTokenException("the token is signed by another key"));
      if (!jws.verify(new ECDSAVerifier(key.toECPublicKey()))) {
        throw new InvalidTokenException("the token's signature does not verify");
      }
      claims = Json.parseObject(jws.getPayload().toBytes());
    } catch (ParseException | MalformedJsonException | JOSEException e) {
      throw new InvalidTokenException("the token is not a signed JWT");
    }
    Instant now = clock.instant();
    JsonNode end = claims.path("exp");
    if (!end.canConvertToLong() || now.getEpochSecond() >= end.asLong()) {
      throw new InvalidTokenException("the token has expired");
    }
    if (claims.path("iat").asLong() > now.plus(LEEWAY).getEpochSecond()) {
      throw new InvalidTokenException("the token is not valid yet");
    }
    boolean meant =
        claims.path("iss").asText("").equals(issuer.get())
            && claims.path("aud").asText("").equals(Client.ID);
    if (!meant) {
      throw new InvalidTokenException("the token is of another issuer or for another audience");
    }
    return claims;
  }
}
