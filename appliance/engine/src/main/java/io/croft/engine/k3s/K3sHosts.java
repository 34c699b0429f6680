package io.croft.engine.k3s;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.croft.base.Sha256;
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
import java.net.InetAddress;
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

  /// @param group before the name of a host in a group by which all that was certified to it can be
  ///   found
  /// @param life of certificates
  /// @param own names and addresses of the appliance, which no host gets
  public record Terms(Hosts hosts, String group, Duration life, Supplier<ServerNames> own) {}

  /// The hosts that have joined and may run containers. Asked for every request.
  public interface Hosts {
    /// The fingerprint of a host's key; empty when there is no such host.
    Optional<String> key(String name);

    /// Whether an address is that of another node.
    boolean isOfAnother(String name, InetAddress address);
  }

  K3sHosts(K3sConfig config, Supplier<Pki> pki, Terms terms, InstantSource clock) {
    this.pki = pki;
    this.tokens =
        new HostTokens(
            new K3sFiles(config.directory()).token(),
            terms.hosts(),
            serial -> pki.get().clientAuthority().registry().isRevoked(serial),
            clock);
    this.routes = new HostRoutes(config.port(), pki, terms, clock);
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
  /// @param shown the certificate that the host asks with: the token ends with that
  public String token(String host, String key, X509Certificate shown) throws IOException {
    var claim = new HostTokens.Claim(host, key, shown.getSerialNumber());
    return tokens.issue(claim, shown.getNotAfter().toInstant(), authorities());
  }

  /// Another text when agents are to begin anew, as the authorities are others.
  public String generation() {
    List<X509Certificate> clients = K3sTrust.certificates(pki.get().clientAuthority());
    return Sha256.hex((Pem.encode(authorities()) + Pem.encode(clients)).getBytes(US_ASCII));
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
