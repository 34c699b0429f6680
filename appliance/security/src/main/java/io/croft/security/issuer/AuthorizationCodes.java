package io.croft.security.issuer;

import io.croft.security.identity.Login.Outcome.LoggedIn;
import io.croft.security.identity.OpaqueSecret;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// Codes that a program changes into tokens at once (RFC 6749 section 4.1, with PKCE, RFC 7636).
/// They end with the process; only hashes of them are kept. Thread-safe.
final class AuthorizationCodes {
  private static final Duration LIFE = Duration.ofSeconds(60);
  private static final int MAX = 1024;
  private static final int BYTES = 32;

  private final InstantSource clock;
  private final Map<String, Code> codes = new HashMap<>();

  AuthorizationCodes(InstantSource clock) {
    this.clock = clock;
  }

  /// What a code stands for.
  ///
  /// @param challenge SHA-256 of the verifier, in the alphabet of URLs
  /// @param nonce for the ID token; may be empty
  record Grant(LoggedIn login, String redirectUri, String challenge, String nonce) {}

  private record Code(Grant grant, Instant expires) {}

  /// @return empty when there are too many
  synchronized Optional<String> issue(Grant grant) {
    Instant now = clock.instant();
    codes.values().removeIf(code -> !now.isBefore(code.expires()));
    if (codes.size() >= MAX) {
      return Optional.empty();
    }
    String code = OpaqueSecret.random(BYTES);
    codes.put(OpaqueSecret.hash(code), new Code(grant, now.plus(LIFE)));
    return Optional.of(code);
  }

  /// Uses up a code, good or not.
  synchronized Optional<Grant> use(String code, String redirectUri, String verifier) {
    Code found = codes.remove(OpaqueSecret.hash(code));
    return Optional.ofNullable(found)
        .filter(c -> clock.instant().isBefore(c.expires()))
        .map(Code::grant)
        .filter(grant -> grant.redirectUri().equals(redirectUri))
        .filter(grant -> OpaqueSecret.same(grant.challenge(), OpaqueSecret.hash(verifier)));
  }
}
