package io.croft.security.issuer;

import io.croft.base.http.HttpResponse;
import io.croft.base.http.Query;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/// A request for an authorization code. Codes go only to a program on the user's own machine (RFC
/// 8252 section 7.3), and only with PKCE.
///
/// @param redirectUri on a loopback address
/// @param challenge of PKCE, by S256
/// @param state sent back as it came
/// @param nonce goes into the ID token as it came
record AuthorizeRequest(String redirectUri, String challenge, String state, String nonce) {
  private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "[::1]", "localhost");
  private static final Pattern CHALLENGE = Pattern.compile("[A-Za-z0-9_-]{43}");
  private static final int MAX_STATE = 1024;

  /// @throws OAuthException when it is not good; nobody is redirected then, for who asks is unknown
  static AuthorizeRequest of(Query query) throws OAuthException {
    require(query, "client_id", Client.ID);
    require(query, "response_type", "code");
    require(query, "code_challenge_method", "S256");
    String challenge = Forms.text(query, "code_challenge");
    if (!CHALLENGE.matcher(challenge).matches()) {
      throw new OAuthException("invalid_request", "code_challenge is not a SHA-256 in Base64url");
    }
    String state = Forms.text(query, "state");
    String nonce = Forms.text(query, "nonce");
    if (state.length() > MAX_STATE || nonce.length() > MAX_STATE) {
      throw new OAuthException("invalid_request", "state or nonce is longer than " + MAX_STATE);
    }
    String redirectUri = Forms.text(query, "redirect_uri");
    requireLoopback(redirectUri);
    return new AuthorizeRequest(redirectUri, challenge, state, nonce);
  }

  private static void require(Query query, String name, String value) throws OAuthException {
    if (!Forms.text(query, name).equals(value)) {
      throw new OAuthException("invalid_request", name + " must be " + value);
    }
  }

  private static void requireLoopback(String text) throws OAuthException {
    try {
      URI uri = new URI(text);
      boolean good =
          "http".equals(uri.getScheme())
              && uri.getHost() != null
              && LOOPBACK.contains(uri.getHost())
              && uri.getRawUserInfo() == null
              && uri.getRawFragment() == null
              && uri.getRawQuery() == null;
      if (good) {
        return;
      }
    } catch (URISyntaxException e) {
      // said below
    }
    throw new OAuthException(
        "invalid_request", "redirect_uri must be http://127.0.0.1:PORT/PATH, [::1] or localhost");
  }

  HttpResponse form(int status, String problem, FormGuard guard) {
    Map<String, String> hidden = new LinkedHashMap<>();
    hidden.put("client_id", Client.ID);
    hidden.put("response_type", "code");
    hidden.put("code_challenge_method", "S256");
    hidden.put("code_challenge", challenge);
    hidden.put("redirect_uri", redirectUri);
    hidden.put("state", state);
    hidden.put("nonce", nonce);
    URI uri = URI.create(redirectUri);
    String origin = "http://" + uri.getRawAuthority();
    return Pages.form(
        status, IssuerRoutes.AUTHORIZE, false, hidden, problem, guard.issue(), origin);
  }

  /// Where the code goes (RFC 9207 for `iss`).
  String answer(String code, String issuer) {
    return redirectUri + "?" + Query.of("code", code, "state", state, "iss", issuer).encode();
  }
}
