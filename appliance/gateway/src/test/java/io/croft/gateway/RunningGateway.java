package io.croft.gateway;

import io.croft.base.http.HttpHandler;
import io.croft.pki.Identity;
import io.croft.pki.Pki;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// A gateway on a random port, and clients for it.
final class RunningGateway implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(20);
  static final GatewayTimeouts TIMEOUTS =
      new GatewayTimeouts(PATIENCE, PATIENCE, PATIENCE, PATIENCE, PATIENCE, Duration.ofSeconds(5));

  final Gateway gateway;
  private final EventLoops loops;
  private final List<HttpClient> clients = new ArrayList<>();

  private RunningGateway(EventLoops loops, Gateway gateway) {
    this.loops = loops;
    this.gateway = gateway;
  }

  static RunningGateway start(HttpHandler handler) {
    return start(GatewayLimits.DEFAULT, TIMEOUTS, handler);
  }

  /// @param loops started, to end with the gateway
  static RunningGateway start(EventLoops loops, HttpHandler handler) {
    return start(
        loops,
        GatewayLimits.DEFAULT,
        TIMEOUTS,
        () -> Credentials.material(Credentials.OURS),
        handler);
  }

  static RunningGateway start(Supplier<TlsMaterial> material, HttpHandler handler) {
    return start(GatewayLimits.DEFAULT, TIMEOUTS, material, handler);
  }

  static RunningGateway start(GatewayLimits limits, GatewayTimeouts timeouts, HttpHandler handler) {
    return start(limits, timeouts, () -> Credentials.material(Credentials.OURS), handler);
  }

  private static RunningGateway start(
      GatewayLimits limits,
      GatewayTimeouts timeouts,
      Supplier<TlsMaterial> material,
      HttpHandler handler) {
    var loops = new EventLoops();
    loops.start();
    return start(loops, limits, timeouts, material, handler);
  }

  private static RunningGateway start(
      EventLoops loops,
      GatewayLimits limits,
      GatewayTimeouts timeouts,
      Supplier<TlsMaterial> material,
      HttpHandler handler) {
    var config = new GatewayConfig("127.0.0.1", 0, limits, timeouts);
    var gateway = new Gateway(loops, config, material, handler);
    try {
      gateway.init();
      gateway.start();
    } catch (IOException | GeneralSecurityException e) {
      throw new AssertionError("the gateway does not start", e);
    }
    return new RunningGateway(loops, gateway);
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
    return client(version, (Identity) null);
  }

  HttpClient client(HttpClient.Version version, @Nullable Identity identity) {
    return client(version, Credentials.clientContext(identity));
  }

  /// A client that trusts another appliance than ours.
  HttpClient client(Pki server, Identity identity) {
    return client(HttpClient.Version.HTTP_2, Credentials.clientContext(server, identity));
  }

  private HttpClient client(HttpClient.Version version, SSLContext context) {
    var client =
        HttpClient.newBuilder()
            .version(version)
            .sslContext(context)
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
    stop();
  }

  /// With its threads, so that it holds no buffer any more.
  void stop() {
    gateway.stop();
    loops.stop();
  }
}
