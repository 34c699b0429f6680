package io.croft.security.oidc;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.crypto.factories.DefaultJWSVerifierFactory;
import com.nimbusds.jose.jwk.AsymmetricJWK;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyType;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.security.token.InvalidTokenException;
import java.text.ParseException;
import java.util.List;
import java.util.Set;

/// A signed JWT of somebody else's (RFC 7519, RFC 7515). Only algorithms with public keys are
/// taken, as kube-apiserver does: neither `none` nor HMAC.
record SignedToken(JWSObject jws) {
  /// Room for some hundred groups.
  static final int MAX_CHARS = 32 << 10;

  private static final int MIN_RSA_BITS = 2048;
  private static final Set<JWSAlgorithm> ALGORITHMS =
      Set.of(
          JWSAlgorithm.RS256,
          JWSAlgorithm.RS384,
          JWSAlgorithm.RS512,
          JWSAlgorithm.ES256,
          JWSAlgorithm.ES384,
          JWSAlgorithm.ES512,
          JWSAlgorithm.PS256,
          JWSAlgorithm.PS384,
          JWSAlgorithm.PS512);

  static SignedToken parse(String token) throws InvalidTokenException {
    if (token.length() > MAX_CHARS) {
      throw new InvalidTokenException("the token is too long");
    }
    JWSObject jws;
    try {
      jws = JWSObject.parse(token);
    } catch (ParseException e) {
      throw new InvalidTokenException("the token is not a signed JWT");
    }
    if (!ALGORITHMS.contains(jws.getHeader().getAlgorithm())) {
      throw new InvalidTokenException("the token is signed by an algorithm that is not accepted");
    }
    Set<String> critical = jws.getHeader().getCriticalParams();
    if (critical != null && !critical.isEmpty()) {
      throw new InvalidTokenException("the token demands extensions that are not known");
    }
    return new SignedToken(jws);
  }

  /// Who the token says that it is of, which nobody has verified yet; empty when it does not say.
  String issuer() {
    try {
      return Json.parseObject(jws.getPayload().toBytes()).path("iss").asText("");
    } catch (MalformedJsonException e) {
      return "";
    }
  }

  /// The claims, once one of the keys is found to have signed them.
  ObjectNode claims(List<JWK> keys) throws InvalidTokenException {
    for (JWK key : keys) {
      if (signedBy(key)) {
        try {
          return Json.parseObject(jws.getPayload().toBytes());
        } catch (MalformedJsonException e) {
          throw new InvalidTokenException("the token's claims are not JSON");
        }
      }
    }
    throw new InvalidTokenException("the token's signature does not verify");
  }

  private boolean signedBy(JWK key) {
    if (key.getKeyType().equals(KeyType.RSA) && key.size() < MIN_RSA_BITS) {
      return false;
    }
    try {
      return key instanceof AsymmetricJWK asymmetric
          && jws.verify(
              new DefaultJWSVerifierFactory()
                  .createJWSVerifier(jws.getHeader(), asymmetric.toPublicKey()));
    } catch (JOSEException e) {
      return false; // a key that does not go with the algorithm
    }
  }
}
