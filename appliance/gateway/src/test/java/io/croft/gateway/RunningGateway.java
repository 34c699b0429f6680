package io.croft.gateway;

import io.croft.base.http.HttpHandler;
import io.croft.pki.Identity;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A gateway on a random port, and clients for it.
final class RunningGateway implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(20);
  static final GatewayTimeouts TIMEOUTS =
      new GatewayTimeouts(PATIENCE, PATIENCE, PATIENCE, PATIENCE, PATIENCE, Duration.ofSeconds(5));

  final Gateway gateway;
  private final List<HttpClient> clients = new ArrayList<>();

  private RunningGateway(Gateway gateway) {
    this.gateway = gateway;
  }

  static RunningGateway start(HttpHandler handler) {
    return start(GatewayLimits.DEFAULT, TIMEOUTS, handler);
  }

  static RunningGateway start(GatewayLimits limits, GatewayTimeouts timeouts, HttpHandler handler) {
    var config = new GatewayConfig("127.0.0.1", 0, limits, timeouts);
    var gateway = new Gateway(config, Credentials::material, handler);
    try {
      gateway.init();
      gateway.start();
    } catch (IOException | GeneralSecurityException e) {
      throw new AssertionError("the gateway does not start", e);
    }
    return new RunningGateway(gateway);
  }

  int port() {
    return gateway.localAddress().getPort();
  }

  URI uri(String target) {
    return URI.create("https://127.0.0.1:" + port() + target);
  }

  HttpRequest.Builder request(String target) {
    return HttpRequest.newBuilder(uri(target)).timeout(PATIENCE);
  }

  HttpClient client(HttpClient.Version version) {
    return client(version, null);
  }

  HttpClient client(HttpClient.Version version, @Nullable Identity identity) {
    var client =
        HttpClient.newBuilder()
            .version(version)
            .sslContext(Credentials.clientContext(identity))
            .connectTimeout(PATIENCE)
            .build();
    clients.add(client);
    return client;
  }

  RawConnection raw() throws IOException {
    return RawConnection.open(port());
  }

  static HttpResponse<String> get(HttpClient client, HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  @Override
  public void close() {
    clients.forEach(HttpClient::shutdownNow);
    gateway.stop();
  }
}
