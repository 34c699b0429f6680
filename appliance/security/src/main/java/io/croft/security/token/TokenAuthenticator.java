package io.croft.security.token;

import io.croft.base.http.HttpRequest;
import io.croft.security.Authenticator;
import java.util.List;

/// Takes the bearer token of a request (RFC 6750, in the `Authorization` header only) for who it
/// is.
public final class TokenAuthenticator implements Authenticator {
  private static final String SCHEME = "bearer ";

  private final TokenVerifier verifier;

  public TokenAuthenticator(TokenVerifier verifier) {
    this.verifier = verifier;
  }

  @Override
  public Outcome authenticate(HttpRequest request) {
    List<String> given = request.headers().all("authorization");
    if (given.isEmpty()) {
      return new Outcome.NoCredentials();
    }
    if (given.size() > 1) {
      return new Outcome.Rejected("the request has more than one Authorization header");
    }
    String header = given.getFirst().strip();
    if (!header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      return new Outcome.NoCredentials();
    }
    String token = header.substring(SCHEME.length()).strip();
    try {
      TokenVerifier.Verified verified = verifier.verify(token, List.of());
      return new Outcome.Authenticated(verified.user(), verified.standing());
    } catch (InvalidTokenException e) {
      return new Outcome.Rejected(String.valueOf(e.getMessage()), verifier.isForUs(token));
    }
  }
}
