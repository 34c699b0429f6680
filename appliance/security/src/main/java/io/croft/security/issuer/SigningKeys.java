package io.croft.security.issuer;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Date;
import java.util.List;
import java.util.Optional;

/// The keys that ID tokens are signed with (ES256), oldest first. A new one is published a day
/// before it signs, so that whoever remembers keys has it by then, and the one before stays
/// published until its tokens have ended. Immutable.
record SigningKeys(List<ECKey> keys) {
  static final Duration LIFE = Duration.ofDays(30);
  static final Duration AHEAD = Duration.ofDays(1);
  private static final Duration OVERLAP = Duration.ofDays(1);

  static final SigningKeys NONE = new SigningKeys(List.of());

  SigningKeys {
    keys = keys.stream().sorted(Comparator.comparing((ECKey key) -> key.getIssueTime())).toList();
  }

  /// @throws ParseException when the text is no set of such keys
  static SigningKeys parse(String jwks) throws ParseException {
    var keys = new ArrayList<ECKey>();
    for (var key : JWKSet.parse(jwks).getKeys()) {
      if (!(key instanceof ECKey ec) || !ec.isPrivate() || ec.getIssueTime() == null) {
        throw new ParseException("a key is not a private EC key with a time", 0);
      }
      keys.add(ec);
    }
    return new SigningKeys(keys);
  }

  /// With the private halves.
  String text() {
    return new JWKSet(List.copyOf(keys)).toString(false);
  }

  /// What others verify tokens with.
  JWKSet published() {
    return new JWKSet(List.copyOf(keys)).toPublicJWKSet();
  }

  /// The key that signs: the newest that has been published long enough, or else the oldest.
  ECKey signing(Instant now) {
    return keys.reversed().stream()
        .filter(key -> !created(key).plus(AHEAD).isAfter(now))
        .findFirst()
        .orElseGet(keys::getFirst);
  }

  Optional<ECKey> find(String id) {
    return keys.stream().filter(key -> id.equals(key.getKeyID())).findFirst();
  }

  /// With a new key when the newest is old, without those whose tokens have ended.
  SigningKeys rotated(Instant now) {
    var rotated = new ArrayList<>(keys);
    if (keys.isEmpty() || created(keys.getLast()).plus(LIFE).minus(AHEAD).isBefore(now)) {
      rotated.add(generate(now));
    }
    while (rotated.size() > 1 && created(rotated.get(1)).plus(AHEAD).plus(OVERLAP).isBefore(now)) {
      rotated.removeFirst();
    }
    return rotated.equals(keys) ? this : new SigningKeys(rotated);
  }

  private static Instant created(ECKey key) {
    return key.getIssueTime().toInstant();
  }

  private static ECKey generate(Instant now) {
    try {
      return new ECKeyGenerator(Curve.P_256)
          .keyUse(KeyUse.SIGNATURE)
          .keyIDFromThumbprint(true)
          .issueTime(Date.from(Instant.ofEpochSecond(now.getEpochSecond())))
          .generate();
    } catch (JOSEException e) {
      throw new IllegalStateException("the JDK cannot make a P-256 key", e);
    }
  }
}
