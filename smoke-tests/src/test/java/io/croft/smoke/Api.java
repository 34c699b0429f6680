package io.croft.smoke;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.stream.Stream;

/// The plainest possible client of a Kubernetes API: bytes over mutual TLS.
final class Api implements AutoCloseable {
  static final ObjectMapper MAPPER = new ObjectMapper();

  private final HttpClient http;
  private final String server;

  /// An answer.
  record Answer(int status, String body) {
    JsonNode json() {
      try {
        return MAPPER.readTree(body);
      } catch (IOException e) {
        throw new AssertionError("no JSON: " + body, e);
      }
    }
  }

  Api(String server, Identity identity) throws GeneralSecurityException {
    this.server = server;
    this.http =
        HttpClient.newBuilder()
            .sslContext(identity.tls())
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();
  }

  Answer get(String path) throws IOException, InterruptedException {
    return send("GET", path, "", "application/json");
  }

  Answer post(String path, String json) throws IOException, InterruptedException {
    return send("POST", path, json, "application/json");
  }

  Answer put(String path, String json) throws IOException, InterruptedException {
    return send("PUT", path, json, "application/json");
  }

  Answer delete(String path) throws IOException, InterruptedException {
    return send("DELETE", path, "", "application/json");
  }

  /// The lines of an answer as they come, until it is closed or 10 minutes are over.
  Stream<String> lines(String path) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(server + path)).timeout(Duration.ofMinutes(10)).build();
    return http.send(request, BodyHandlers.ofLines()).body();
  }

  private Answer send(String method, String path, String body, String contentType)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(server + path))
            .timeout(Duration.ofSeconds(60))
            .header("content-type", contentType)
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
            .build();
    HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
    return new Answer(response.statusCode(), response.body());
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
