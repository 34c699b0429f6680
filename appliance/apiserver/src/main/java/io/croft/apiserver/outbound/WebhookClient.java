package io.croft.apiserver.outbound;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Asks webhooks, over HTTPS only, each verified by the certificates that its configuration names.
/// Redirects are not followed. Thread-safe.
public final class WebhookClient {
  /// Beyond the largest object, as a patch may hold it once more.
  private static final int MAX_ANSWER_BYTES = 8 << 20;

  private final HttpsClients clients = new HttpsClients();
  private final ServiceResolver services;

  public WebhookClient(ServiceResolver services) {
    this.services = services;
  }

  /// @param timeout how long the whole may take
  /// @throws IOException when there is no answer, or not that of a webhook; the message says why
  public ObjectNode ask(ClientConfig webhook, ObjectNode review, Duration timeout)
      throws IOException {
    HttpsServer server = webhook.server(services);
    HttpClient client = clients.of(server);
    HttpRequest request =
        HttpRequest.newBuilder(server.url())
            .header("content-type", "application/json")
            .header("accept", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(Json.bytes(review)))
            .build();
    HttpResponse<byte[]> response = send(client, request, timeout);
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
}
