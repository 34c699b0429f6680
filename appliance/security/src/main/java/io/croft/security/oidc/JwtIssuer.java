package io.croft.security.oidc;

import io.croft.security.oidc.ClaimExpressions.Expression;
import java.security.cert.X509Certificate;
import java.util.List;

/// An issuer whose tokens are accepted, and what is made of them: one entry of `jwt` in an
/// `AuthenticationConfiguration`, checked.
///
/// @param url as in the `iss` of its tokens
/// @param discoveryUrl where its discovery document is
/// @param authorities that its server is verified by; empty for those of the system
/// @param audiences of which a token must have one
/// @param requiredClaims claims and the values that they must have
record JwtIssuer(
    String url,
    String discoveryUrl,
    List<X509Certificate> authorities,
    List<String> audiences,
    ClaimMapping username,
    ClaimMapping groups,
    ClaimMapping uid,
    List<Extra> extra,
    List<RequiredClaim> requiredClaims,
    List<Rule> claimRules,
    List<Rule> userRules) {
  JwtIssuer {
    authorities = List.copyOf(authorities);
    audiences = List.copyOf(audiences);
    extra = List.copyOf(extra);
    requiredClaims = List.copyOf(requiredClaims);
    claimRules = List.copyOf(claimRules);
    userRules = List.copyOf(userRules);
  }

  record Extra(String key, ClaimMapping value) {}

  record RequiredClaim(String name, String value) {}

  /// @param message for when it does not hold; may be empty
  record Rule(Expression expression, String message) {}
}
