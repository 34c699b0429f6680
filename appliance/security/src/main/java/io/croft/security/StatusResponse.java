package io.croft.security;

import io.croft.base.http.Headers;
import io.croft.base.http.HttpResponse;
import io.croft.model.Json;
import io.croft.model.Status;

/// Writes a `Status` as an HTTP answer; the one place where that is done.
public final class StatusResponse {
  private StatusResponse() {}

  public static HttpResponse of(Status status) {
    int code = status.code() == 0 ? 500 : status.code();
    Headers headers =
        Headers.of("content-type", "application/json", "x-content-type-options", "nosniff");
    if (status.details() != null && status.details().retryAfterSeconds() > 0) {
      headers = headers.with("retry-after", String.valueOf(status.details().retryAfterSeconds()));
    }
    return new HttpResponse.Complete(code, headers, Json.bytes(status.toJson()));
  }
}
