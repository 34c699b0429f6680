package io.croft.security.token;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.security.ServiceAccountName;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Issues the tokens of service accounts, as kube-apiserver writes them, and tells who can verify
/// them how. Thread-safe.
public final class ServiceAccountTokens {
  /// Who issues tokens, and the audience of the API itself.
  public static final String ISSUER = "https://kubernetes.default.svc.cluster.local";

  static final String LEGACY_ISSUER = "kubernetes/serviceaccount";
  static final String LEGACY_PREFIX = "kubernetes.io/serviceaccount/";
  static final String PRIVATE_CLAIMS = "kubernetes.io";

  private final Supplier<KeyPair> keys;
  private final InstantSource clock;
  private volatile @Nullable KeyOf current;

  /// The signing key made of a pair of keys, as long as that is in force.
  private record KeyOf(KeyPair pair, SigningKey key) {}

  /// @param keys the pair that signs: P-256 or RSA
  public ServiceAccountTokens(Supplier<KeyPair> keys, InstantSource clock) {
    this.keys = keys;
    this.clock = clock;
  }

  /// A token and when it ends.
  public record Issued(String token, Instant expires) {}

  /// @param account the service account, as stored
  /// @param audiences whom the token is for
  /// @param bound what the token ends with, besides the account; may be empty. A pod may be
  ///   followed by its node
  public Issued issue(
      ApiObject account, List<String> audiences, Duration life, List<BoundObject> bound) {
    Instant now = clock.instant();
    Instant expires = Instant.ofEpochSecond(now.getEpochSecond()).plus(life);
    ObjectNode claims = Json.object();
    ArrayNode aud = claims.putArray("aud");
    audiences.forEach(aud::add);
    claims
        .put("exp", expires.getEpochSecond())
        .put("iat", now.getEpochSecond())
        .put("iss", ISSUER)
        .put("jti", UUID.randomUUID().toString());
    ObjectNode own = claims.putObject(PRIVATE_CLAIMS).put("namespace", account.namespace());
    own.putObject("serviceaccount").put("name", account.name()).put("uid", account.uid());
    for (BoundObject object : bound) {
      own.putObject(object.kind().claim()).put("name", object.name()).put("uid", object.uid());
    }
    claims.put("nbf", now.getEpochSecond()).put("sub", subject(account));
    return new Issued(SignedJwt.sign(claims, key()), expires);
  }

  /// The token of a Secret of type `kubernetes.io/service-account-token`, which lasts as long as
  /// that.
  public String issueLegacy(ApiObject account, String secretName) {
    ObjectNode claims =
        Json.object()
            .put("iss", LEGACY_ISSUER)
            .put(LEGACY_PREFIX + "namespace", account.namespace())
            .put(LEGACY_PREFIX + "secret.name", secretName)
            .put(LEGACY_PREFIX + "service-account.name", account.name())
            .put(LEGACY_PREFIX + "service-account.uid", account.uid())
            .put("sub", subject(account));
    return SignedJwt.sign(claims, key());
  }

  private static String subject(ApiObject account) {
    return new ServiceAccountName(account.namespace(), account.name()).user();
  }

  /// `/.well-known/openid-configuration` (OpenID Connect Discovery 1.0).
  public JsonNode discovery() {
    ObjectNode discovery =
        Json.object().put("issuer", ISSUER).put("jwks_uri", ISSUER + "/openid/v1/jwks");
    discovery.putArray("response_types_supported").add("id_token");
    discovery.putArray("subject_types_supported").add("public");
    discovery.putArray("id_token_signing_alg_values_supported").add(key().algorithm());
    return discovery;
  }

  /// `/openid/v1/jwks`: the keys that tokens are verified with.
  public JsonNode keySet() {
    ObjectNode set = Json.object();
    set.putArray("keys").add(key().toJwk());
    return set;
  }

  SigningKey key() {
    KeyPair pair = keys.get();
    KeyOf known = current;
    if (known == null || known.pair() != pair) {
      known = new KeyOf(pair, new SigningKey(pair));
      current = known;
    }
    return known.key();
  }
}
