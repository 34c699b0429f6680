package io.croft.gateway;

import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A line for each request, when its answer begins: who sent it is in the audit log, under the
/// identifier that both have. Without the query, which may hold secrets. Off unless its logger is
/// switched on.
final class AccessLog {
  private static final Logger LOG = LoggerFactory.getLogger(Gateway.ACCESS_LOG);

  private AccessLog() {}

  static void answered(HttpRequest request, HttpResponse response, long startedNanos) {
    if (LOG.isInfoEnabled()) {
      LOG.atInfo()
          .addKeyValue("address", request.peer().address())
          .addKeyValue("method", request.method())
          .addKeyValue("host", request.headers().first("host").orElse(""))
          .addKeyValue("path", request.path())
          .addKeyValue("status", response.status())
          .addKeyValue("micros", (System.nanoTime() - startedNanos) / 1_000)
          .addKeyValue("auditID", response.headers().first("audit-id").orElse(""))
          .log("request");
    }
  }

  /// What was not understood, or not even looked at.
  static void refused(Exchange exchange, HttpResponse response) {
    if (LOG.isInfoEnabled()) {
      LOG.atInfo()
          .addKeyValue("address", exchange.remoteAddress())
          .addKeyValue("status", response.status())
          .log("refused");
    }
  }
}
