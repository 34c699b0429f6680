package io.croft.fleet.agent;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.fleet.join.JoinRoutes;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Set;
import javax.net.ssl.X509ExtendedTrustManager;

/// The questions of [JoinRoutes], as a host asks them; all of the same server, see [PinnedTrust].
final class JoinCalls implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final int MAX_BYTES = 1 << 18;

  /// What will be the same the next time.
  private static final Set<Integer> FINAL = Set.of(400, 403, 404, 405, 409);

  private final URI server;
  private final Duration timeout;
  private final HttpClient http;
  private final PinnedTrust trust;

  /// @param trust tells whether the server is the one that is meant
  JoinCalls(URI server, X509ExtendedTrustManager trust) throws GeneralSecurityException {
    this(server, trust, TIMEOUT);
  }

  JoinCalls(URI server, X509ExtendedTrustManager trust, Duration timeout)
      throws GeneralSecurityException {
    this.server = server;
    this.timeout = timeout;
    this.trust = new PinnedTrust(trust);
    this.http =
        HttpClient.newBuilder().sslContext(this.trust.context()).connectTimeout(timeout).build();
  }

  /// The root certificates that the server shows, in PEM.
  String authorities() throws IOException, InterruptedException, JoinException {
    HttpRequest.Builder request = HttpRequest.newBuilder(server.resolve(JoinRoutes.AUTHORITIES));
    return send(request).path("authorities").asText();
  }

  ObjectNode post(String path, ObjectNode body)
      throws IOException, InterruptedException, JoinException {
    return send(
        HttpRequest.newBuilder(server.resolve(path))
            .header("content-type", "application/json")
            .POST(BodyPublishers.ofByteArray(Json.bytes(body))));
  }

  /// SHA-256 of the certificate that the server shows. Something must have been asked before.
  String serverCertificate() {
    return FirstContact.fingerprint(
        trust.leaf().orElseThrow(() -> new IllegalStateException("nothing was asked yet")));
  }

  private ObjectNode send(HttpRequest.Builder request)
      throws IOException, InterruptedException, JoinException {
    HttpResponse<byte[]> response =
        http.send(
            request.timeout(timeout).build(),
            BodyHandlers.limiting(BodyHandlers.ofByteArray(), MAX_BYTES));
    ObjectNode body;
    try {
      body = Json.parseObject(response.body());
    } catch (MalformedJsonException e) {
      throw new JoinException(
          "%s is no appliance: it answers %s with status %d and no JSON"
              .formatted(server, response.uri().getPath(), response.statusCode()),
          e);
    }
    if (response.statusCode() == 200) {
      return body;
    }
    String reason = body.path("reason").asText();
    String message =
        "%s refuses: %s (%s)".formatted(server, body.path("message").asText("no message"), reason);
    if (FINAL.contains(response.statusCode())) {
      throw new JoinException(message, reason);
    }
    throw new IOException(message);
  }

  @Override
  public void close() {
    http.close();
  }
}
