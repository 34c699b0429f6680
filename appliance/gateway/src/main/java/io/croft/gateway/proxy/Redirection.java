package io.croft.gateway.proxy;

import io.croft.base.http.Headers;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.gateway.routing.Filter.Redirect;
import io.croft.gateway.routing.PathMatch;

/// Answers that send the client elsewhere.
final class Redirection {
  private static final int HTTP = 80;
  private static final int HTTPS = 443;

  private Redirection() {}

  static HttpResponse of(HttpRequest request, Redirect redirect, PathMatch match) {
    String scheme = redirect.scheme() == null ? "https" : redirect.scheme();
    String authority = request.headers().first("host").orElse("");
    int colon = authority.startsWith("[") ? authority.indexOf("]:") + 1 : authority.indexOf(':');
    String host = colon > 0 ? authority.substring(0, colon) : authority;
    String port = colon > 0 ? authority.substring(colon + 1) : "";
    if (redirect.hostname() != null) {
      host = redirect.hostname();
    }
    if (redirect.port() > 0) {
      port = Integer.toString(redirect.port());
    } else if (redirect.scheme() != null) {
      port = ""; // that of the scheme
    }
    if (port.equals(Integer.toString(scheme.equals("https") ? HTTPS : HTTP))) {
      port = "";
    }
    String path =
        redirect.path() == null ? request.path() : redirect.path().apply(request.path(), match);
    String query = request.query().raw();
    String location =
        scheme
            + "://"
            + host
            + (port.isEmpty() ? "" : ":" + port)
            + path
            + (query.isEmpty() ? "" : "?" + query);
    return new HttpResponse.Complete(
        redirect.status(), Headers.of("location", location), new byte[0]);
  }
}
