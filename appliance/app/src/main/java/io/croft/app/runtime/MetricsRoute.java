package io.croft.app.runtime;

import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.metrics.Metrics;
import io.croft.security.AuthorizedHandler;
import io.croft.security.RequestContext;

/// `GET /metrics`, in Prometheus' text format: a non-resource URL, for administrators and the role
/// `system:monitoring`.
///
/// @param others answers requests for anything else
record MetricsRoute(Metrics metrics, AuthorizedHandler others) implements AuthorizedHandler {
  @Override
  public HttpResponse handle(HttpRequest request, RequestContext context) {
    return request.method().equals("GET") && context.info().path().equals("/metrics")
        ? HttpResponse.of(200, "text/plain; version=0.0.4; charset=utf-8", metrics.text())
        : others.handle(request, context);
  }
}
