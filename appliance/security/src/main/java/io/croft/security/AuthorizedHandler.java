package io.croft.security;

import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;

/// The end of the chain: answers a request whose caller is known and allowed.
@FunctionalInterface
public interface AuthorizedHandler {
  HttpResponse handle(HttpRequest request, RequestContext context);
}
