package io.croft.certificates.acme.solving;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Requests whose answers are bounded in size and time. Follows no redirects. Thread-safe.
final class BoundedHttp {
  private final Supplier<HttpClient.Builder> builder;
  private final Duration timeout;
  private final long maxBytes;
  private @Nullable HttpClient client;

  /// @param builder asked at the first request
  BoundedHttp(Supplier<HttpClient.Builder> builder, Duration timeout, long maxBytes) {
    this.builder = builder;
    this.timeout = timeout;
    this.maxBytes = maxBytes;
  }

  private synchronized HttpClient client() {
    HttpClient present = client;
    if (present == null) {
      present =
          builder.get().connectTimeout(timeout).followRedirects(HttpClient.Redirect.NEVER).build();
      client = present;
    }
    return present;
  }

  HttpResponse<byte[]> send(HttpRequest request) throws IOException, InterruptedException {
    var sent =
        client().sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), maxBytes));
    try {
      return sent.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      String message =
          cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
      throw new IOException(message, cause);
    } catch (TimeoutException e) {
      sent.cancel(true);
      throw new IOException("no answer within " + timeout.toSeconds() + " s", e);
    } catch (InterruptedException e) {
      sent.cancel(true);
      throw e;
    }
  }
}
