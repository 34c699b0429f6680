package io.croft.apiserver.outbound;

import io.croft.base.LruMap;
import io.croft.pki.Identity;
import java.io.IOException;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One HTTP client for each way in which servers are verified, the least recently used ones
/// forgotten. Redirects are not followed. Thread-safe.
public final class HttpsClients {
  private static final int MAX_CLIENTS = 32;
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  private record Key(
      String name, String certificates, boolean verified, @Nullable Identity identity) {}

  private final Map<Key, HttpClient> clients = new LruMap<>(MAX_CLIENTS);

  private final Supplier<@Nullable Identity> identity;

  /// Of a client that does not say who it is.
  public HttpsClients() {
    this(() -> null);
  }

  /// @param identity what this server proves itself with; may change
  public HttpsClients(Supplier<@Nullable Identity> identity) {
    this.identity = identity;
  }

  /// @throws IOException when the server's address or certificates make no sense
  public HttpClient of(HttpsServer server) throws IOException {
    server.check();
    Identity self = identity.get();
    var key = new Key(server.name(), server.certificates(), server.verified(), self);
    synchronized (clients) {
      HttpClient known = clients.get(key);
      if (known == null) {
        known =
            HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(CONNECT_TIMEOUT)
                .sslContext(ServerTrust.context(server, self))
                .build();
        clients.put(key, known);
      }
      return known;
    }
  }
}
