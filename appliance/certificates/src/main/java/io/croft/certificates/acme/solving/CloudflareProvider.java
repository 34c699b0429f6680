package io.croft.certificates.acme.solving;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Cloudflare's DNS (API version 4), by a token or by the account's key.
final class CloudflareProvider implements DnsProvider {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private record Credentials(String email, String key, String token) {}

  private final BoundedHttp http;
  private final URI api;
  private final Credentials credentials;

  private CloudflareProvider(BoundedHttp http, URI api, Credentials credentials) {
    this.http = http;
    this.api = api;
    this.credentials = credentials;
  }

  /// @param api without a slash at the end
  /// @param config `cloudflare` of a solver
  static CloudflareProvider of(BoundedHttp http, URI api, JsonNode config, SecretReader secrets)
      throws SolverException {
    boolean byToken = config.has("apiTokenSecretRef");
    if (byToken == config.has("apiKeySecretRef")) {
      throw new SolverException(
          "cloudflare needs either apiTokenSecretRef, or apiKeySecretRef and email");
    }
    String email = config.path("email").asText("");
    if (!byToken && email.isEmpty()) {
      throw new SolverException("cloudflare needs an email beside apiKeySecretRef");
    }
    String secret = secrets.text(config.path(byToken ? "apiTokenSecretRef" : "apiKeySecretRef"));
    if (!(secret + email).chars().allMatch(c -> c > ' ' && c < 127)) {
      throw new SolverException(
          "the token, the key or the email of cloudflare has characters that none has");
    }
    return new CloudflareProvider(
        http, api, new Credentials(email, byToken ? "" : secret, byToken ? secret : ""));
  }

  @Override
  public void publish(TextRecord record) throws SolverException, InterruptedException {
    String zone = zone(record);
    if (find(zone, record).isEmpty()) {
      ObjectNode body =
          Json.object()
              .put("type", "TXT")
              .put("name", record.bareName())
              .put("content", record.value())
              .put("ttl", TextRecord.TTL_SECONDS);
      call("POST", "/zones/" + zone + "/dns_records", Optional.of(body));
    }
  }

  @Override
  public void remove(TextRecord record) throws SolverException, InterruptedException {
    String zone = zone(record);
    Optional<String> present = find(zone, record);
    if (present.isPresent()) {
      call("DELETE", "/zones/" + zone + "/dns_records/" + present.get(), Optional.empty());
    }
  }

  /// Of the account's zones the nearest one above the name.
  private String zone(TextRecord record) throws SolverException, InterruptedException {
    String name = record.bareName();
    while (name.contains(".")) {
      JsonNode zones = call("GET", "/zones?name=" + encoded(name), Optional.empty());
      if (!zones.isEmpty()) {
        return encoded(zones.path(0).path("id").asText(""));
      }
      name = name.substring(name.indexOf('.') + 1);
    }
    throw new SolverException(
        "cloudflare has no zone for %s that these credentials may read".formatted(record.name()));
  }

  private Optional<String> find(String zone, TextRecord record)
      throws SolverException, InterruptedException {
    String query = "?per_page=100&type=TXT&name=" + encoded(record.bareName());
    for (JsonNode r : call("GET", "/zones/" + zone + "/dns_records" + query, Optional.empty())) {
      String content = r.path("content").asText("");
      if (content.equals(record.value()) || content.equals("\"" + record.value() + "\"")) {
        return Optional.of(encoded(r.path("id").asText("")));
      }
    }
    return Optional.empty();
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private JsonNode call(String method, String path, Optional<ObjectNode> body)
      throws SolverException, InterruptedException {
    var request =
        HttpRequest.newBuilder(URI.create(api + path))
            .timeout(TIMEOUT)
            .header("content-type", "application/json")
            .method(
                method,
                body.map(b -> BodyPublishers.ofByteArray(Json.bytes(b)))
                    .orElse(BodyPublishers.noBody()));
    if (credentials.token().isEmpty()) {
      request.header("x-auth-email", credentials.email()).header("x-auth-key", credentials.key());
    } else {
      request.header("authorization", "Bearer " + credentials.token());
    }
    try {
      HttpResponse<byte[]> response = http.send(request.build());
      JsonNode answer = Json.parse(response.body());
      if (answer.path("success").asBoolean(false)) {
        return answer.path("result");
      }
      List<String> errors = new ArrayList<>();
      answer
          .path("errors")
          .forEach(e -> errors.add(e.path("code").asText("") + " " + e.path("message").asText("")));
      throw new SolverException(
          "cloudflare answers %d to %s %s: %s"
              .formatted(response.statusCode(), method, path, errors));
    } catch (IOException | MalformedJsonException e) {
      throw new SolverException("cloudflare cannot be asked: " + e.getMessage(), e);
    }
  }
}
