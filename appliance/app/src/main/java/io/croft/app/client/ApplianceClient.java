package io.croft.app.client;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.app.runtime.Endpoint;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.pki.AdminAccess;
import io.croft.pki.Identity;
import io.croft.pki.KeyEncoding;
import io.croft.pki.PkiException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// Asks an appliance on this machine, over its port, with the administrator's certificate.
public final class ApplianceClient implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  /// A refusal is a `Status`, which is short.
  private static final int MAX_ERROR_BYTES = 1 << 16;

  /// Protects nothing: the key store never leaves this process's memory.
  private static final char[] IN_MEMORY = "in-memory".toCharArray();

  private final HttpClient http;
  private final Endpoint endpoint;

  private ApplianceClient(HttpClient http, Endpoint endpoint) {
    this.http = http;
    this.endpoint = endpoint;
  }

  /// As below, with key files that are not encrypted.
  public static ApplianceClient open(Path pki, Endpoint endpoint) throws PkiException, IOException {
    return open(pki, KeyEncoding.PLAIN, endpoint);
  }

  /// @param pki the directory of the appliance's keys and certificates
  /// @throws PkiException when they cannot be used
  /// @throws IOException when they cannot be read
  public static ApplianceClient open(Path pki, KeyEncoding encoding, Endpoint endpoint)
      throws PkiException, IOException {
    AdminAccess keys = AdminAccess.read(pki, encoding);
    try {
      SSLContext tls = tls(keys.admin(), keys.trusted());
      var http = HttpClient.newBuilder().sslContext(tls).connectTimeout(TIMEOUT).build();
      return new ApplianceClient(http, endpoint);
    } catch (GeneralSecurityException e) {
      throw new PkiException("cannot use the certificates in " + pki + ": " + e.getMessage(), e);
    }
  }

  /// Whether the appliance says that it is ready.
  ///
  /// @throws IOException when it cannot be reached
  public boolean isReady() throws IOException, InterruptedException {
    return send("GET", "/readyz", BodyPublishers.noBody()).statusCode() == 200;
  }

  /// Reads an object or a list.
  ///
  /// @throws IOException when the appliance cannot be reached or answers with something else
  public ObjectNode read(String path) throws IOException, InterruptedException {
    return object("GET", path, send("GET", path, BodyPublishers.noBody()));
  }

  /// Reads an answer of any form.
  ///
  /// @throws IOException when the appliance cannot be reached
  public String text(String path) throws IOException, InterruptedException {
    return new String(send("GET", path, BodyPublishers.noBody()).body(), StandardCharsets.UTF_8);
  }

  /// Sends an object, and reads the answer.
  ///
  /// @param contentType of the body, for example `application/json`
  /// @throws IOException when the appliance cannot be reached or refuses
  public ObjectNode write(String method, String path, String contentType, ObjectNode body)
      throws IOException, InterruptedException {
    var publisher = BodyPublishers.ofByteArray(Json.bytes(body));
    return object(method, path, send(method, path, publisher, "content-type", contentType));
  }

  /// Reads a long answer into a stream, without a limit of time.
  ///
  /// @throws IOException when the appliance cannot be reached, refuses, or breaks off
  public void download(String path, OutputStream to) throws IOException, InterruptedException {
    var request = HttpRequest.newBuilder(URI.create(endpoint.url() + path)).build();
    HttpResponse<InputStream> response =
        http.send(request, HttpResponse.BodyHandlers.ofInputStream());
    try (InputStream body = response.body()) {
      if (response.statusCode() >= 300) {
        throw refused("GET", path, body.readNBytes(MAX_ERROR_BYTES));
      }
      body.transferTo(to);
    }
  }

  @Override
  public void close() {
    http.close();
  }

  private HttpResponse<byte[]> send(
      String method, String path, BodyPublisher body, String... headers)
      throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(URI.create(endpoint.url() + path))
            .timeout(TIMEOUT)
            .method(method, body);
    if (headers.length > 0) {
      request.headers(headers);
    }
    return http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
  }

  private static ObjectNode object(String method, String path, HttpResponse<byte[]> response)
      throws IOException {
    ObjectNode body;
    try {
      body = Json.parseObject(response.body());
    } catch (MalformedJsonException e) {
      throw new IOException(
          "%s %s: status %d without a JSON body".formatted(method, path, response.statusCode()), e);
    }
    if (response.statusCode() >= 300) {
      throw refused(method, path, body);
    }
    return body;
  }

  private static IOException refused(String method, String path, byte[] body) {
    try {
      return refused(method, path, Json.parseObject(body));
    } catch (MalformedJsonException e) {
      return new IOException("%s %s was refused without a reason".formatted(method, path), e);
    }
  }

  private static IOException refused(String method, String path, ObjectNode status) {
    String message =
        "%s %s: %s".formatted(method, path, status.path("message").asText("no message"));
    return status.path("reason").asText().equals("NotFound")
        ? new NotFoundException(message)
        : new IOException(message);
  }

  /// What was asked for is not there.
  public static final class NotFoundException extends IOException {
    private static final long serialVersionUID = 1L;

    NotFoundException(String message) {
      super(message);
    }
  }

  private static SSLContext tls(Identity identity, List<X509Certificate> trusted)
      throws GeneralSecurityException, IOException {
    var store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry(
        "admin", identity.key(), IN_MEMORY, identity.chain().toArray(Certificate[]::new));
    for (int i = 0; i < trusted.size(); i++) {
      store.setCertificateEntry("ca-" + i, trusted.get(i));
    }
    var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, IN_MEMORY);
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    var context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }
}
