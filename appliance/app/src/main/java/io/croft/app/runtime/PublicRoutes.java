package io.croft.app.runtime;

import io.croft.base.http.HttpHandler;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.certificates.acme.solving.Http01Tokens;
import io.croft.pki.revocation.RevocationService;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Function;

/// What is answered without credentials, by whatever name the appliance is called: whether
/// certificates are revoked, as who asks that has none yet, or does not know whether to believe the
/// one it is shown; and the challenges of ACME servers, as long as they are being solved.
///
/// @param challenges the answer to a token; empty for one that nobody waits for, which may be a
///   service's own
/// @param others everything else
record PublicRoutes(
    HttpHandler revocation, Function<String, Optional<String>> challenges, HttpHandler others)
    implements HttpHandler {
  @Override
  public HttpResponse handle(HttpRequest request) {
    if (request.path().startsWith(RevocationService.PREFIX)) {
      return revocation.handle(request);
    }
    return challenge(request)
        .map(key ->
            HttpResponse.of(
                200, "application/octet-stream", key.getBytes(StandardCharsets.US_ASCII)))
        .orElseGet(() -> others.handle(request));
  }

  private Optional<String> challenge(HttpRequest request) {
    boolean read = request.method().equals("GET") || request.method().equals("HEAD");
    return read && request.path().startsWith(Http01Tokens.PATH)
        ? challenges.apply(request.path().substring(Http01Tokens.PATH.length()))
        : Optional.empty();
  }
}
