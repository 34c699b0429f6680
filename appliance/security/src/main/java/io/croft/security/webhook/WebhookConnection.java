package io.croft.security.webhook;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.model.MalformedYamlException;
import io.croft.model.Yaml;
import io.croft.pki.Pem;
import io.croft.pki.PkiException;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/// The way to an authorizer, as the current context of a kubeconfig file describes it: HTTPS, no
/// redirects; the server's authorities, a client certificate or a token. Thread-safe.
final class WebhookConnection implements AutoCloseable {
  private static final int MAX_FILE = 1 << 20;
  private static final int MAX_ANSWER = 64 << 10;
  private static final String CONTENT_TYPE = "application/json";

  private final HttpClient client;
  private final URI url;
  private final String token;
  private final @Nullable Path tokenFile;
  private final Duration timeout;

  /// @throws IOException when the file cannot be read, or does not say what is needed
  WebhookConnection(Path kubeconfig, Duration timeout)
      throws IOException, GeneralSecurityException {
    JsonNode config = read(kubeconfig);
    JsonNode context =
        named(config, "contexts", config.path("current-context").asText(""), "context", kubeconfig);
    JsonNode cluster =
        named(config, "clusters", context.path("cluster").asText(""), "cluster", kubeconfig);
    JsonNode user =
        context.path("user").asText("").isEmpty()
            ? context.path("none")
            : named(config, "users", context.path("user").asText(), "user", kubeconfig);
    this.url = url(cluster.path("server").asText(""), kubeconfig);
    if (cluster.path("insecure-skip-tls-verify").asBoolean(false)) {
      throw new IOException(kubeconfig + ": insecure-skip-tls-verify is not supported");
    }
    this.token = user.path("token").asText("");
    String file = user.path("tokenFile").asText("");
    this.tokenFile = file.isEmpty() ? null : kubeconfig.resolveSibling(file);
    this.timeout = timeout;
    this.client =
        HttpClient.newBuilder()
            .connectTimeout(timeout)
            .followRedirects(HttpClient.Redirect.NEVER)
            .sslContext(tls(cluster, user, kubeconfig))
            .build();
  }

  private static JsonNode read(Path kubeconfig) throws IOException {
    if (Files.size(kubeconfig) > MAX_FILE) {
      throw new IOException(kubeconfig + " is longer than " + MAX_FILE + " bytes");
    }
    try {
      return Yaml.parse(Files.readAllBytes(kubeconfig));
    } catch (MalformedYamlException e) {
      throw new IOException(kubeconfig + ": " + e.getMessage());
    }
  }

  private static JsonNode named(
      JsonNode config, String list, String name, String field, Path kubeconfig) throws IOException {
    for (JsonNode entry : config.path(list)) {
      if (entry.path("name").asText("").equals(name) && entry.path(field).isObject()) {
        return entry.path(field);
      }
    }
    throw new IOException(kubeconfig + ": " + list + " has no \"" + name + "\"");
  }

  private static URI url(String server, Path kubeconfig) throws IOException {
    try {
      URI url = new URI(server);
      if ("https".equals(url.getScheme()) && url.getHost() != null && url.getUserInfo() == null) {
        return url;
      }
    } catch (URISyntaxException e) {
      // said below
    }
    throw new IOException(kubeconfig + ": server must be https://HOST/PATH");
  }

  private static SSLContext tls(JsonNode cluster, JsonNode user, Path kubeconfig)
      throws IOException, GeneralSecurityException {
    try {
      String authorities = pem(cluster, "certificate-authority", kubeconfig);
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(authorities.isEmpty() ? null : trusted(Pem.certificates(authorities)));
      String certificate = pem(user, "client-certificate", kubeconfig);
      KeyManager[] keys =
          certificate.isEmpty() ? null : keys(certificate, pem(user, "client-key", kubeconfig));
      var context = SSLContext.getInstance("TLS");
      context.init(keys, trust.getTrustManagers(), null);
      return context;
    } catch (PkiException e) {
      throw new IOException(kubeconfig + ": " + e.getMessage(), e);
    }
  }

  private static KeyStore trusted(List<X509Certificate> authorities)
      throws GeneralSecurityException, IOException {
    KeyStore store = empty();
    for (int i = 0; i < authorities.size(); i++) {
      store.setCertificateEntry("ca-" + i, authorities.get(i));
    }
    return store;
  }

  private static KeyManager[] keys(String certificate, String key)
      throws GeneralSecurityException, IOException, PkiException {
    KeyStore store = empty();
    Certificate[] chain = Pem.certificates(certificate).toArray(Certificate[]::new);
    store.setKeyEntry("client", Pem.privateKey(key), new char[0], chain);
    var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(store, new char[0]);
    return managers.getKeyManagers();
  }

  private static KeyStore empty() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  /// From the file or inline; empty when there is neither.
  private static String pem(JsonNode json, String field, Path kubeconfig) throws IOException {
    String data = json.path(field + "-data").asText("");
    if (!data.isEmpty()) {
      try {
        return new String(Base64.getDecoder().decode(data), StandardCharsets.US_ASCII);
      } catch (IllegalArgumentException e) {
        throw new IOException(kubeconfig + ": " + field + "-data is not Base64");
      }
    }
    String file = json.path(field).asText("");
    return file.isEmpty() ? "" : Files.readString(kubeconfig.resolveSibling(file));
  }

  /// @return the body of an answer with a code of 200 or 201
  /// @throws IOException when there is none in time
  byte[] post(byte[] body) throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(url)
            .header("content-type", CONTENT_TYPE)
            .header("accept", CONTENT_TYPE)
            .POST(BodyPublishers.ofByteArray(body));
    String bearer = tokenFile == null ? token : Files.readString(tokenFile).strip();
    if (!bearer.isEmpty()) {
      request.header("authorization", "Bearer " + bearer);
    }
    CompletableFuture<HttpResponse<byte[]>> answer =
        client.sendAsync(
            request.build(), BodyHandlers.limiting(BodyHandlers.ofByteArray(), MAX_ANSWER));
    try {
      HttpResponse<byte[]> response = answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
      if (response.statusCode() != 200 && response.statusCode() != 201) {
        throw new IOException("it answers " + response.statusCode());
      }
      return response.body();
    } catch (TimeoutException e) {
      answer.cancel(true);
      throw new IOException("it does not answer within " + timeout.toMillis() + " ms");
    } catch (InterruptedException e) {
      answer.cancel(true);
      Thread.currentThread().interrupt();
      throw new IOException("interrupted");
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IOException(cause.getClass().getSimpleName() + ": " + cause.getMessage(), cause);
    }
  }

  @Override
  public void close() {
    client.shutdown(); // what is being asked is asked to its end
  }
}
