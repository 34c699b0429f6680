package io.croft.fleet.agent;

import io.croft.base.http.HttpHandler;
import io.croft.base.http.HttpResponse;
import io.croft.fleet.agent.NodeDirectory.Membership;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;

/// The way to the appliance's API with the host's certificate. A connection that has failed is not
/// used again: after a change of address, it may be half open for minutes. Thread-safe.
final class ServerConnection implements HttpHandler {
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration TIMEOUT = Duration.ofSeconds(8);
  private static final int MAX_BYTES = 16 << 20;

  /// What the client sets by itself.
  private static final Set<String> OWN_HEADERS = Set.of("host", "content-length", "connection");

  private final NodeDirectory directory;
  private final Membership membership;
  private final InstantSource clock;
  private volatile HttpClient http;

  ServerConnection(NodeDirectory directory, Membership membership, InstantSource clock)
      throws IOException, JoinException {
    this.directory = directory;
    this.membership = membership;
    this.clock = clock;
    this.http = open();
  }

  private HttpClient open() throws IOException, JoinException {
    try {
      var trust = new RootTrust(directory.authorities(), clock);
      return HttpClient.newBuilder()
          .sslContext(trust.context(directory.identity()))
          .connectTimeout(CONNECT)
          .build();
    } catch (GeneralSecurityException e) {
      throw new JoinException("cannot use the host's certificate: " + e.getMessage(), e);
    }
  }

  /// Begins anew, with the certificates that are in the directory now.
  void renew() throws IOException, JoinException {
    HttpClient before = http;
    http = open();
    before.shutdown(); // what is under way comes to its end
  }

  @Override
  public HttpResponse handle(io.croft.base.http.HttpRequest request) {
    HttpClient client = http;
    try {
      var response =
          client.send(
              translated(request), BodyHandlers.limiting(BodyHandlers.ofByteArray(), MAX_BYTES));
      String type = response.headers().firstValue("content-type").orElse("");
      return HttpResponse.of(response.statusCode(), type, response.body());
    } catch (IOException e) {
      replace(client);
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UncheckedIOException(new IOException("interrupted", e));
    }
  }

  private synchronized void replace(HttpClient failed) {
    if (!failed.equals(http)) {
      return;
    }
    try {
      http = open();
      failed.shutdownNow();
    } catch (IOException | JoinException e) {
      throw new UncheckedIOException(new IOException(e));
    }
  }

  private HttpRequest translated(io.croft.base.http.HttpRequest request) throws IOException {
    String query = request.query().encode();
    String target = request.path() + (query.isEmpty() ? "" : "?" + query);
    byte[] body = request.body().readAll(MAX_BYTES);
    var builder =
        HttpRequest.newBuilder(URI.create(membership.server() + target))
            .timeout(TIMEOUT)
            .method(
                request.method(),
                body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
    request
        .headers()
        .forEach((name, value) -> {
          if (!OWN_HEADERS.contains(name)) {
            builder.header(name, value);
          }
        });
    return builder.build();
  }

  void close() {
    http.shutdownNow();
  }
}
