package io.croft.security.token;

import java.util.List;

/// Tells whose the tokens of other issuers are. Thread-safe.
public interface IssuedTokens {
  /// Whether an issuer's tokens are looked at here.
  ///
  /// @param issuer the `iss` of a token that nobody has verified yet
  boolean knows(String issuer);

  /// @param audiences of which the token must have one; empty for the API itself
  /// @throws InvalidTokenException when the token is not good
  TokenVerifier.Verified verify(String token, List<String> audiences) throws InvalidTokenException;

  /// Whether a token that is good for the API itself is good for some audiences, of which there may
  /// be none.
  static boolean includeApi(List<String> audiences) {
    return audiences.isEmpty() || audiences.contains(ServiceAccountTokens.ISSUER);
  }
}
