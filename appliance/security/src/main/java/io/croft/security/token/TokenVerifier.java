package io.croft.security.token;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.LruMap;
import io.croft.base.Sha256;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.security.ServiceAccountName;
import io.croft.security.Standing;
import io.croft.security.UserInfo;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Tells whose a token is. One of a service account is signed by our key, not expired, meant for
/// the audience, and its account and the object that it is bound to still there, the same as when
/// it was issued. Of a bootstrap token there is a Secret. Tokens that name other issuers are theirs
/// to look at. Thread-safe.
public final class TokenVerifier {
  private static final String CREDENTIAL_ID = "authentication.kubernetes.io/credential-id";
  private static final String EXTRA = "authentication.kubernetes.io/";

  /// For a clock that was put back a little.
  private static final Duration LEEWAY = Duration.ofMinutes(1);

  private static final int REMEMBERED = 1024;

  private final ServiceAccountTokens tokens;
  private final ObjectLookup objects;
  private final BootstrapTokens bootstrap;
  private final List<IssuedTokens> others;
  private final InstantSource clock;

  /// What is in tokens whose signatures were verified, by their hashes, the least recently used
  /// ones forgotten. Everything else is looked at every time.
  private final Map<String, Signed> verified = new LruMap<>(REMEMBERED);

  /// @param key that the signature was verified with
  /// @param id of the token
  private record Signed(SigningKey key, String id, String issuer, ObjectNode claims) {}

  public TokenVerifier(ServiceAccountTokens tokens, ObjectLookup objects, InstantSource clock) {
    this(tokens, objects, List.of(), clock);
  }

  /// @param others asked about tokens of other issuers
  public TokenVerifier(
      ServiceAccountTokens tokens,
      ObjectLookup objects,
      List<IssuedTokens> others,
      InstantSource clock) {
    this.others = List.copyOf(others);
    this.tokens = tokens;
    this.objects = objects;
    this.bootstrap = new BootstrapTokens(objects, clock);
    this.clock = clock;
  }

  /// A good token.
  ///
  /// @param audiences those of the accepted ones that it is for
  /// @param standing what it rests on, where that can be withdrawn at any time
  public record Verified(UserInfo user, List<String> audiences, Optional<Standing> standing) {
    public Verified(UserInfo user, List<String> audiences) {
      this(user, audiences, Optional.empty());
    }
  }

  /// Whether a token, good or not, is of an issuer that is known here, and so none of the business
  /// of anybody behind us.
  public boolean isForUs(String token) {
    if (BootstrapTokens.hasForm(token)) {
      return true;
    }
    try {
      String named = SignedJwt.unverifiedIssuer(token);
      return named.equals(ServiceAccountTokens.ISSUER)
          || named.equals(ServiceAccountTokens.LEGACY_ISSUER)
          || others.stream().anyMatch(other -> other.knows(named));
    } catch (InvalidTokenException e) {
      return false; // no token of ours has such a form
    }
  }

  /// @param accepted audiences of which the token must have one; empty for the API itself
  /// @throws InvalidTokenException when the token is not good
  public Verified verify(String token, List<String> accepted) throws InvalidTokenException {
    List<String> wanted = accepted.isEmpty() ? List.of(ServiceAccountTokens.ISSUER) : accepted;
    if (BootstrapTokens.hasForm(token)) {
      if (!wanted.contains(ServiceAccountTokens.ISSUER)) {
        throw new InvalidTokenException("the token is for another audience");
      }
      return new Verified(
          bootstrap.verify(token),
          List.of(ServiceAccountTokens.ISSUER),
          Optional.of(
              // Another token may have the same number later.
              standing("bootstrap token " + hash(token), () -> bootstrap.verify(token))));
    }
    String hash = hash(token);
    Signed known = remembered(hash);
    String named = known == null ? SignedJwt.unverifiedIssuer(token) : known.issuer();
    for (IssuedTokens other : others) {
      if (other.knows(named)) {
        return other.verify(token, accepted);
      }
    }
    Signed signed = known == null ? verified(token, hash) : known;
    ObjectNode claims = signed.claims();
    String issuer = claims.path("iss").asText("");
    if (issuer.equals(ServiceAccountTokens.LEGACY_ISSUER)) {
      return legacy(token, signed, wanted);
    }
    if (!issuer.equals(ServiceAccountTokens.ISSUER)) {
      throw new InvalidTokenException("the token is of another issuer");
    }
    checkTime(claims);
    return new Verified(
        user(claims),
        audiences(claims, wanted),
        Optional.of(standing(signed.id(), () -> user(claims))));
  }

  /// What makes sure that there still is what a token rests on.
  @FunctionalInterface
  private interface Check {
    void pass() throws InvalidTokenException;
  }

  /// That a token expires ends no answer that has begun, only that it is taken back.
  private static Standing standing(String key, Check check) {
    return Standing.of(
        key,
        () -> {
          try {
            check.pass();
            return true;
          } catch (InvalidTokenException e) {
            return false;
          }
        });
  }

  private static String hash(String token) throws InvalidTokenException {
    if (token.length() > SignedJwt.MAX_OTHERS_CHARS) {
      throw new InvalidTokenException("the token is too long");
    }
    return Sha256.hex(token.getBytes(StandardCharsets.UTF_8));
  }

  /// One that the key which counts now has signed.
  private @Nullable Signed remembered(String hash) {
    SigningKey key = tokens.key();
    synchronized (verified) {
      Signed known = verified.get(hash);
      return known != null && known.key() == key ? known : null;
    }
  }

  private Signed verified(String token, String hash) throws InvalidTokenException {
    SigningKey key = tokens.key();
    ObjectNode claims = SignedJwt.verify(token, key);
    var signed = new Signed(key, "token " + hash, claims.path("iss").asText(""), claims);
    synchronized (verified) {
      verified.put(hash, signed);
    }
    return signed;
  }

  private void checkTime(ObjectNode claims) throws InvalidTokenException {
    Instant now = clock.instant();
    if (!claims.path("exp").canConvertToLong()
        || now.getEpochSecond() >= claims.path("exp").asLong()) {
      throw new InvalidTokenException("the token has expired");
    }
    long soon = now.plus(LEEWAY).getEpochSecond();
    if (claims.path("nbf").asLong() > soon || claims.path("iat").asLong() > soon) {
      throw new InvalidTokenException("the token is not valid yet");
    }
  }

  private static List<String> audiences(ObjectNode claims, List<String> wanted)
      throws InvalidTokenException {
    var meant = new ArrayList<String>();
    for (JsonNode audience : claims.path("aud")) {
      if (wanted.contains(audience.asText())) {
        meant.add(audience.asText());
      }
    }
    if (meant.isEmpty()) {
      throw new InvalidTokenException("the token is for another audience");
    }
    return List.copyOf(meant);
  }

  private UserInfo user(ObjectNode claims) throws InvalidTokenException {
    JsonNode own = claims.path(ServiceAccountTokens.PRIVATE_CLAIMS);
    String namespace = own.path("namespace").asText("");
    JsonNode account = own.path("serviceaccount");
    var name = new ServiceAccountName(namespace, account.path("name").asText(""));
    if (!claims.path("sub").asText("").equals(name.user())) {
      throw new InvalidTokenException("the token contradicts itself");
    }
    require("serviceaccounts", namespace, account);
    var extra = new LinkedHashMap<String, List<String>>();
    extra.put(CREDENTIAL_ID, List.of("JTI=" + claims.path("jti").asText("")));
    boolean podBound = own.has(BoundObject.Kind.POD.claim());
    for (BoundObject.Kind kind : BoundObject.Kind.values()) {
      JsonNode bound = own.path(kind.claim());
      if (bound.isMissingNode()) {
        continue;
      }
      boolean node = kind == BoundObject.Kind.NODE;
      if (!node || !podBound) { // the node of a pod is only told of
        require(kind.plural(), node ? "" : namespace, bound);
      }
      if (kind != BoundObject.Kind.SECRET) {
        extra.put(EXTRA + kind.claim() + "-name", List.of(bound.path("name").asText("")));
        extra.put(EXTRA + kind.claim() + "-uid", List.of(bound.path("uid").asText("")));
      }
    }
    return user(name, account.path("uid").asText(""), extra);
  }

  private static UserInfo user(
      ServiceAccountName name, String uid, Map<String, List<String>> extra) {
    var groups = new ArrayList<>(name.groups());
    groups.add(UserInfo.AUTHENTICATED);
    return new UserInfo(name.user(), uid, groups, extra);
  }

  /// @param named its `name` and `uid`
  private ApiObject require(String plural, String namespace, JsonNode named)
      throws InvalidTokenException {
    String uid = named.path("uid").asText("");
    ApiObject object =
        objects
            .find(plural, namespace, named.path("name").asText(""))
            .filter(o -> !uid.isEmpty() && o.uid().equals(uid))
            .orElseThrow(
                () -> new InvalidTokenException("one of the token's " + plural + " is gone"));
    Instant deleted = object.deletionTimestamp();
    if (deleted != null && deleted.plus(LEEWAY).isBefore(clock.instant())) {
      throw new InvalidTokenException("one of the token's " + plural + " is being deleted");
    }
    return object;
  }

  private Verified legacy(String token, Signed signed, List<String> wanted)
      throws InvalidTokenException {
    ObjectNode claims = signed.claims();
    String prefix = ServiceAccountTokens.LEGACY_PREFIX;
    String namespace = claims.path(prefix + "namespace").asText("");
    String uid = claims.path(prefix + "service-account.uid").asText("");
    var name =
        new ServiceAccountName(namespace, claims.path(prefix + "service-account.name").asText(""));
    if (!claims.path("sub").asText("").equals(name.user())) {
      throw new InvalidTokenException("the token contradicts itself");
    }
    if (!wanted.contains(ServiceAccountTokens.ISSUER)) {
      throw new InvalidTokenException("the token is for another audience");
    }
    Check check =
        () -> {
          requireSecretWith(token, namespace, claims.path(prefix + "secret.name").asText(""));
          require(
              "serviceaccounts", namespace, Json.object().put("name", name.name()).put("uid", uid));
        };
    check.pass();
    return new Verified(
        user(name, uid, Map.of()),
        List.of(ServiceAccountTokens.ISSUER),
        Optional.of(standing(signed.id(), check)));
  }

  private void requireSecretWith(String token, String namespace, String secretName)
      throws InvalidTokenException {
    ApiObject secret =
        objects
            .find("secrets", namespace, secretName)
            .filter(s -> s.deletionTimestamp() == null)
            .orElseThrow(() -> new InvalidTokenException("the token's secret is gone"));
    String kept = secret.json().path("data").path("token").asText("");
    String shown = Base64.getEncoder().encodeToString(token.getBytes(StandardCharsets.UTF_8));
    if (!MessageDigest.isEqual(
        kept.getBytes(StandardCharsets.US_ASCII), shown.getBytes(StandardCharsets.US_ASCII))) {
      throw new InvalidTokenException("the token is not the one of its secret");
    }
  }
}
