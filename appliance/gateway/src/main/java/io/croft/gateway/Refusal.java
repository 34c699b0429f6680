package io.croft.gateway;

import io.croft.base.http.Headers;
import io.croft.base.http.HttpResponse;
import io.croft.model.Json;
import io.croft.model.Status;
import io.croft.model.StatusException;

/// Responses that the gateway gives itself, as Kubernetes `Status` objects.
final class Refusal {
  private Refusal() {}

  static HttpResponse of(StatusException refusal) {
    return of(refusal.status());
  }

  static HttpResponse of(Status status) {
    Headers headers = Headers.of("content-type", "application/json");
    if (status.details() != null && status.details().retryAfterSeconds() > 0) {
      headers = headers.with("retry-after", Integer.toString(status.details().retryAfterSeconds()));
    }
    return new HttpResponse.Complete(status.code(), headers, Json.bytes(status.toJson()));
  }
}
