package io.croft.engine.k3s;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.model.Statuses;
import io.croft.pki.Pem;
import io.croft.pki.Pki;
import io.croft.pki.ServerNames;
import io.croft.security.Authenticator;
import io.croft.security.AuthorizedHandler;
import io.croft.security.OpenRoutes;
import io.croft.security.RequestContext;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/// The agents of k3s on joined hosts, as the gateway serves them in the place of k3s: they reach
/// nothing but its one port, are known by the hosts that they run on, and get their certificates
/// from the appliance.
public final class K3sHosts implements AuthorizedHandler {
  private static final String AUTHORITIES = "/cacerts";

  private final Supplier<Pki> pki;
  private final HostTokens tokens;
  private final HostRoutes routes;

  /// @param life of certificates
  /// @param own names and addresses of the appliance, which no host gets
  public record Terms(Hosts hosts, Duration life, Supplier<ServerNames> own) {}

  /// The hosts that have joined.
  @FunctionalInterface
  public interface Hosts {
    /// The fingerprint of a host's key; empty when there is no such host.
    Optional<String> key(String name);
  }

  K3sHosts(K3sConfig config, Supplier<Pki> pki, Terms terms, InstantSource clock) {
    this.pki = pki;
    this.tokens = new HostTokens(new K3sFiles(config.directory()).token(), terms.hosts(), clock);
    this.routes =
        new HostRoutes(config.port(), pki, new AgentCertificates(pki, terms, clock), clock);
  }

  /// Whether a request is answered here.
  public static boolean isFor(String path) {
    return HostRoutes.isFor(path);
  }

  @Override
  public HttpResponse handle(HttpRequest request, RequestContext context) {
    return routes.handle(request, context);
  }

  /// Knows hosts by [#token].
  public Authenticator authenticator() {
    return tokens;
  }

  /// What `k3s agent` on a host is started with.
  ///
  /// @param key the fingerprint of the host's key
  public String token(String host, String key) throws IOException {
    return tokens.issue(host, key, authorities());
  }

  private List<X509Certificate> authorities() {
    return K3sTrust.certificates(pki.get().serverAuthority());
  }

  /// The authorities, which agents ask for before they know whom they ask: the token says which
  /// they are.
  public OpenRoutes open() {
    return new OpenRoutes() {
      @Override
      public Set<String> paths() {
        return Set.of(AUTHORITIES);
      }

      @Override
      public HttpResponse handle(HttpRequest request, BiConsumer<String, String> annotations) {
        if (!request.method().equals("GET")) {
          throw Statuses.methodNotAllowed();
        }
        return HttpResponse.of(200, "text/plain", Pem.encode(authorities()).getBytes(US_ASCII));
      }
    };
  }
}
