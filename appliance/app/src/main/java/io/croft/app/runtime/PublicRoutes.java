package io.croft.app.runtime;

import io.croft.base.http.HttpHandler;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.pki.revocation.RevocationService;

/// What is answered without credentials, which is nothing but whether certificates are revoked: who
/// asks that has none yet, or does not know whether to believe the one it is shown.
///
/// @param others everything else
record PublicRoutes(HttpHandler revocation, HttpHandler others) implements HttpHandler {
  @Override
  public HttpResponse handle(HttpRequest request) {
    return request.path().startsWith(RevocationService.PREFIX)
        ? revocation.handle(request)
        : others.handle(request);
  }
}
