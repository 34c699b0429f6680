package io.croft.security.oidc;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// Reads JSON documents over HTTPS. Redirects are not followed. Thread-safe.
final class HttpsFetch implements AutoCloseable {
  static final int MAX_BYTES = 1 << 20;
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final HttpClient client;

  /// @param authorities that servers are verified by; empty for those of the system
  HttpsFetch(List<X509Certificate> authorities) throws GeneralSecurityException, IOException {
    var builder =
        HttpClient.newBuilder().connectTimeout(TIMEOUT).followRedirects(HttpClient.Redirect.NEVER);
    this.client =
        authorities.isEmpty() ? builder.build() : builder.sslContext(trusting(authorities)).build();
  }

  private static SSLContext trusting(List<X509Certificate> authorities)
      throws GeneralSecurityException, IOException {
    var store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    for (int i = 0; i < authorities.size(); i++) {
      store.setCertificateEntry("ca-" + i, authorities.get(i));
    }
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    var context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  /// @throws IOException when there is no such document within the time; the message says why
  ObjectNode get(String url) throws IOException {
    URI uri;
    try {
      uri = URI.create(url);
    } catch (IllegalArgumentException e) {
      throw new IOException(url + " is no URL");
    }
    if (!"https".equals(uri.getScheme())) {
      throw new IOException(url + " is not of the scheme https");
    }
    HttpRequest request = HttpRequest.newBuilder(uri).header("accept", "application/json").build();
    HttpResponse<byte[]> response = send(request);
    if (response.statusCode() != 200) {
      throw new IOException(url + " answers with HTTP status " + response.statusCode());
    }
    try {
      return Json.parseObject(response.body());
    } catch (MalformedJsonException e) {
      throw new IOException(url + " answers without JSON: " + e.getMessage());
    }
  }

  private HttpResponse<byte[]> send(HttpRequest request) throws IOException {
    CompletableFuture<HttpResponse<byte[]>> answer =
        client.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), MAX_BYTES));
    try {
      return answer.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      answer.cancel(true);
      throw new IOException(
          request.uri() + " does not answer within " + TIMEOUT.toSeconds() + " s");
    } catch (InterruptedException e) {
      answer.cancel(true);
      Thread.currentThread().interrupt();
      throw new IOException("interrupted");
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IOException(
          "%s: %s: %s"
              .formatted(request.uri(), cause.getClass().getSimpleName(), cause.getMessage()),
          cause);
    }
  }

  @Override
  public void close() {
    client.shutdown(); // what is being read is read to its end
  }
}
