package io.croft.base.http;

/// Answers requests. Called on a virtual thread per request; may block.
@FunctionalInterface
public interface HttpHandler {
  HttpResponse handle(HttpRequest request);
}
