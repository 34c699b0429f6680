package io.croft.app.client;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.pki.Pem;
import io.croft.pki.PkiException;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// Asks the issuer of an appliance, as a program on a user's machine does: without credentials.
public final class IdentityClient implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final int MAX_BYTES = 1 << 20;
  private static final String CLIENT_ID = "croft";

  private final HttpClient http;
  private final String server;

  /// @param server `https://HOST:PORT`
  /// @param authorities by which the server is verified, in PEM; empty for those of the system
  public IdentityClient(String server, String authorities)
      throws GeneralSecurityException, IOException, PkiException {
    var builder = HttpClient.newBuilder().connectTimeout(TIMEOUT);
    if (!authorities.isEmpty()) {
      builder.sslContext(trusting(Pem.certificates(authorities)));
    }
    this.http = builder.build();
    this.server = server;
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

  /// An answer of the issuer.
  ///
  /// @param error a code of RFC 6749 or 8628; empty when there is none
  public record Answer(ObjectNode body, String error) {}

  /// @param endpoint its last part, as `token`
  /// @param form name, value, name, value, …
  /// @throws IOException when the appliance cannot be reached, or does not answer as an issuer does
  public Answer post(String endpoint, String... form) throws IOException, InterruptedException {
    var body = new StringBuilder("client_id=" + CLIENT_ID);
    for (int i = 0; i < form.length; i += 2) {
      body.append('&')
          .append(form[i])
          .append('=')
          .append(URLEncoder.encode(form[i + 1], StandardCharsets.UTF_8));
    }
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(server + "/identity/" + endpoint))
            .timeout(TIMEOUT)
            .header("content-type", "application/x-www-form-urlencoded")
            .POST(BodyPublishers.ofString(body.toString()))
            .build();
    HttpResponse<byte[]> response =
        http.send(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), MAX_BYTES));
    try {
      ObjectNode json = Json.parseObject(response.body());
      String error = json.path("error").asText("");
      if (response.statusCode() != 200 && error.isEmpty()) {
        throw new IOException(server + ": " + json.path("message").asText("no message"));
      }
      return new Answer(json, error);
    } catch (MalformedJsonException e) {
      throw new IOException(
          "%s answers with status %d, and without JSON".formatted(server, response.statusCode()));
    }
  }

  @Override
  public void close() {
    http.close();
  }
}
