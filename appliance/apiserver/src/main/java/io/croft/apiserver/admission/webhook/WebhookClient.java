package io.croft.apiserver.admission.webhook;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.pki.Pem;
import io.croft.pki.PkiException;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// Asks webhooks, over HTTPS only, each verified by the certificates that its configuration names.
/// Redirects are not followed. Thread-safe.
final class WebhookClient {
  /// Beyond the largest object, as a patch may hold it once more.
  private static final int MAX_ANSWER_BYTES = 8 << 20;

  private static final int MAX_CLIENTS = 32;

  /// By the certificates that they trust, the least recently used ones forgotten.
  private final Map<String, HttpClient> clients =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, HttpClient> eldest) {
          return size() > MAX_CLIENTS;
        }
      };

  /// @param timeout how long the whole may take
  /// @throws IOException when there is no answer, or not that of a webhook; the message says why
  ObjectNode ask(Webhook webhook, ObjectNode review, Duration timeout) throws IOException {
    if (!"https".equals(webhook.url().getScheme()) || webhook.url().getHost() == null) {
      throw new IOException("the address is not one of https");
    }
    HttpRequest request =
        HttpRequest.newBuilder(webhook.url())
            .header("content-type", "application/json")
            .header("accept", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(Json.bytes(review)))
            .build();
    HttpResponse<byte[]> response = send(client(webhook.certificates()), request, timeout);
    if (response.statusCode() != 200) {
      throw new IOException("the answer is HTTP status " + response.statusCode());
    }
    try {
      return Json.parseObject(response.body());
    } catch (MalformedJsonException e) {
      throw new IOException("the answer is not JSON: " + e.getMessage());
    }
  }

  private static HttpResponse<byte[]> send(HttpClient client, HttpRequest request, Duration timeout)
      throws IOException {
    CompletableFuture<HttpResponse<byte[]>> answer =
        client.sendAsync(
            request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), MAX_ANSWER_BYTES));
    try {
      return answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      answer.cancel(true);
      throw new IOException("no answer within " + timeout.toMillis() + " ms");
    } catch (InterruptedException e) {
      answer.cancel(true);
      Thread.currentThread().interrupt();
      throw new IOException("interrupted");
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IOException(cause.getClass().getSimpleName() + ": " + cause.getMessage(), cause);
    }
  }

  private HttpClient client(String certificates) throws IOException {
    synchronized (clients) {
      HttpClient known = clients.get(certificates);
      if (known == null) {
        known = create(certificates);
        clients.put(certificates, known);
      }
      return known;
    }
  }

  private static HttpClient create(String certificates) throws IOException {
    var builder = HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NEVER);
    if (!certificates.isEmpty()) {
      builder.sslContext(trusting(certificates));
    }
    return builder.build();
  }

  private static SSLContext trusting(String certificates) throws IOException {
    try {
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, null);
      List<X509Certificate> all = Pem.certificates(certificates);
      for (int i = 0; i < all.size(); i++) {
        trusted.setCertificateEntry("ca-" + i, all.get(i));
      }
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | PkiException e) {
      throw new IOException("the caBundle cannot be used: " + e.getMessage(), e);
    }
  }
}
