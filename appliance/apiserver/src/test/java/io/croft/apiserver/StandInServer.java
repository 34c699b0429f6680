package io.croft.apiserver;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.pki.Identity;
import io.croft.pki.Pem;
import io.croft.pki.Pki;
import io.croft.pki.ServerNames;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/// An HTTPS server that stands in for somebody else's: a webhook, the server of another API. Its
/// certificate is for 127.0.0.1 and the service `standin` in the namespace `default`.
final class StandInServer implements AutoCloseable {
  private final HttpsServer server;
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final Pki pki;

  /// @param clients whose certificates are asked for, in PEM; empty for nobody's
  StandInServer(Path directory, String clients, HttpHandler handler) throws Exception {
    pki =
        Pki.open(
            directory.resolve("standin-pki"),
            ServerNames.of(List.of("127.0.0.1", "standin.default.svc")),
            InstantSource.system());
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    SSLContext context = tls(pki.server(), clients);
    server.setHttpsConfigurator(
        new HttpsConfigurator(context) {
          @Override
          public void configure(HttpsParameters parameters) {
            var settings = context.getDefaultSSLParameters();
            settings.setNeedClientAuth(!clients.isEmpty());
            parameters.setSSLParameters(settings);
          }
        });
    server.setExecutor(executor);
    server.createContext("/", handler);
    server.start();
  }

  /// A webhook that answers reviews.
  static StandInServer webhook(Path directory, UnaryOperator<ObjectNode> answer) throws Exception {
    return new StandInServer(
        directory,
        "",
        exchange -> {
          try (exchange) {
            ObjectNode review = Json.parseObject(exchange.getRequestBody().readAllBytes());
            byte[] body = Json.bytes(answer.apply(review));
            exchange.getResponseHeaders().set("content-type", "application/json");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
          } catch (MalformedJsonException e) {
            throw new IOException(e);
          }
        });
  }

  private static SSLContext tls(Identity identity, String clients) throws Exception {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    keys.load(null, null);
    keys.setKeyEntry(
        "server", identity.key(), new char[0], identity.chain().toArray(X509Certificate[]::new));
    var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, new char[0]);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), trust(clients), null);
    return context;
  }

  private static TrustManager[] trust(String clients) throws Exception {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    if (!clients.isEmpty()) {
      trusted.setCertificateEntry("clients", Pem.certificates(clients).getFirst());
    }
    var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(trusted);
    return factory.getTrustManagers();
  }

  int port() {
    return server.getAddress().getPort();
  }

  /// With which it is verified, as objects hold it.
  String caBundle() {
    String pem = Pem.encode(pki.serverAuthority().trusted());
    return Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.US_ASCII));
  }

  /// Makes `default/standin` a service that leads here.
  void beAService(TestApi api) {
    api.post(
        "/api/v1/namespaces/default/services",
        "{\"metadata\":{\"name\":\"standin\"},\"spec\":{\"type\":\"ExternalName\","
            + "\"externalName\":\"localhost\"}}");
  }

  @Override
  public void close() {
    server.stop(0);
    executor.shutdownNow();
  }
}
