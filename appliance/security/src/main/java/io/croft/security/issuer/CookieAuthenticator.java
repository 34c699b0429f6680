package io.croft.security.issuer;

import io.croft.base.http.HttpRequest;
import io.croft.security.Authenticator;
import io.croft.security.OwnCookies;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Takes the session cookie of a browser for who it is, where the request comes from our own pages.
final class CookieAuthenticator implements Authenticator {
  static final String COOKIE = OwnCookies.PREFIX + "session";

  private static final String CREDENTIAL_ID = "authentication.kubernetes.io/credential-id";

  private final Sessions sessions;

  CookieAuthenticator(Sessions sessions) {
    this.sessions = sessions;
  }

  @Override
  public Outcome authenticate(HttpRequest request) {
    Optional<String> cookie = OwnCookies.find(request, COOKIE);
    if (cookie.isEmpty()) {
      return new Outcome.NoCredentials();
    }
    Optional<String> problem = SameOrigin.problem(request);
    if (problem.isPresent()) {
      return new Outcome.Rejected(problem.get());
    }
    Optional<Sessions.Browser> found = sessions.byCookie(cookie.get());
    if (found
        .isEmpty()) { // browsers do not know when; what is open to strangers stays open to them
      return new Outcome.NoCredentials();
    }
    Session session = found.get().session();
    sessions.touch(session);
    return new Outcome.Authenticated(
        found.get().user().info(Map.of(CREDENTIAL_ID, List.of("SID=" + session.id()))),
        Optional.of(sessions.standing(session.id())));
  }
}
