package io.croft.gateway.proxy;

import io.croft.base.http.Headers;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.model.Json;
import io.croft.model.Status;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// What a client is told when a service does not answer: a `Status`, or a line of text for who asks
/// for text.
final class Problem {
  private Problem() {}

  static HttpResponse of(HttpRequest request, int code, String message) {
    String reason =
        switch (code) {
          case 400 -> "BadRequest";
          case 405 -> "MethodNotAllowed";
          case 508 -> "LoopDetected";
          case 500 -> "InternalError";
          case 502 -> "BadGateway";
          case 503 -> "ServiceUnavailable";
          case 504 -> "Timeout";
          default -> "";
        };
    if (prefersText(request)) {
      return new HttpResponse.Complete(
          code,
          Headers.of(
              "content-type", "text/plain; charset=utf-8", "x-content-type-options", "nosniff"),
          (message + "\n").getBytes(StandardCharsets.UTF_8));
    }
    return new HttpResponse.Complete(
        code,
        Headers.of("content-type", "application/json"),
        Json.bytes(new Status(false, code, reason, message, null).toJson()));
  }

  private static boolean prefersText(HttpRequest request) {
    String accepted = String.join(",", request.headers().all("accept")).toLowerCase(Locale.ROOT);
    return accepted.contains("text/") && !accepted.contains("json");
  }
}
