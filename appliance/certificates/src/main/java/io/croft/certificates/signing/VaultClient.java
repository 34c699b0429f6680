package io.croft.certificates.signing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.pki.Pem;
import io.croft.pki.PkiException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// As much of Vault's HTTP API as it takes to log in and have something signed. Never redirected;
/// answers are bounded.
final class VaultClient implements AutoCloseable {
  /// Vault was not reached, so it has not refused either.
  static final class UnreachableException extends IOException {
    private static final long serialVersionUID = 1L;

    UnreachableException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final int MAX_ANSWER_BYTES = 1 << 20;

  private final HttpClient http;
  private final String server;
  private final String namespace;

  /// @param namespace of Vault Enterprise; may be empty
  /// @param trusted PEM; empty for what the JDK trusts
  VaultClient(String server, String namespace, String trusted) throws PkiException {
    this.server = server.replaceAll("/+$", "");
    this.namespace = namespace;
    var builder = HttpClient.newBuilder().connectTimeout(TIMEOUT);
    if (!trusted.isEmpty()) {
      builder.sslContext(tls(trusted));
    }
    this.http = builder.build();
  }

  private static SSLContext tls(String trusted) throws PkiException {
    try {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      int number = 0;
      for (X509Certificate certificate : Pem.certificates(trusted)) {
        store.setCertificateEntry("ca-" + number++, certificate);
      }
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      var context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new PkiException("the CA bundle cannot be used: " + e.getMessage(), e);
    }
  }

  /// @return the token
  String login(String mount, ObjectNode credentials) throws PkiException, IOException {
    String path = mount.replaceAll("/+$", "") + "/login";
    String token = post(path, "", credentials).path("auth").path("client_token").asText("");
    if (token.isEmpty()) {
      throw new IOException("the log-in was answered without a token");
    }
    return token;
  }

  JsonNode get(String path, String token) throws PkiException, IOException {
    return send(request(path, token).GET().build());
  }

  JsonNode post(String path, String token, ObjectNode body) throws PkiException, IOException {
    return send(
        request(path, token)
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(Json.bytes(body)))
            .build());
  }

  private HttpRequest.Builder request(String path, String token) throws PkiException {
    try {
      String absolute = path.startsWith("/") ? path : "/" + path;
      var request = HttpRequest.newBuilder(URI.create(server + absolute)).timeout(TIMEOUT);
      request.header("x-vault-request", "true");
      if (!token.isEmpty()) {
        request.header("x-vault-token", token);
      }
      if (!namespace.isEmpty()) {
        request.header("x-vault-namespace", namespace);
      }
      return request;
    } catch (IllegalArgumentException e) {
      // The value may hold a token: it is not repeated.
      throw new PkiException("the server's address, the path or the token has a wrong form");
    }
  }

  private JsonNode send(HttpRequest request) throws IOException {
    HttpResponse<InputStream> response;
    byte[] body;
    try {
      response = http.send(request, HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream in = response.body()) {
        body = in.readNBytes(MAX_ANSWER_BYTES);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnreachableException("interrupted", e);
    } catch (IOException e) {
      throw new UnreachableException("Vault at %s cannot be reached: %s".formatted(server, e), e);
    }
    JsonNode json = parse(body);
    if (response.statusCode() >= 300) {
      List<String> errors = new ArrayList<>();
      json.path("errors").forEach(error -> errors.add(error.asText("")));
      throw new IOException(
          "%s answered %d %s".formatted(request.uri().getPath(), response.statusCode(), errors));
    }
    return json;
  }

  private static JsonNode parse(byte[] body) {
    try {
      return body.length == 0 ? Json.object() : Json.parse(body);
    } catch (MalformedJsonException e) {
      return Json.object();
    }
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
