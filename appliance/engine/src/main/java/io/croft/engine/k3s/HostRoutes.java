package io.croft.engine.k3s;

import io.croft.base.LruMap;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.base.http.RequestBody.BodyTooLargeException;
import io.croft.engine.proxy.EngineAddress;
import io.croft.engine.proxy.EngineProxy;
import io.croft.model.Statuses;
import io.croft.pki.CertificateAuthority;
import io.croft.pki.Identity;
import io.croft.pki.Pem;
import io.croft.pki.Pki;
import io.croft.pki.PkiException;
import io.croft.pki.Profile;
import io.croft.security.AuthorizedHandler;
import io.croft.security.RequestContext;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What `k3s agent` on a joined host asks of a k3s server besides the Kubernetes API:
///
/// | request | answered by |
/// |---|---|
/// | `POST /v1-k3s/….crt`, a certificate request | the appliance, see [AgentCertificates] |
/// | `GET /v1-k3s/client-ca.crt`, `server-ca.crt` | the appliance |
/// | `GET /v1-k3s/config`, `apiservers`, `readyz` | k3s |
/// | `GET /v1-k3s/connect` | k3s: the tunnel by which its API server reaches the host's kubelet |
///
/// k3s is asked with a certificate of the host's name, as it would itself. Thread-safe.
final class HostRoutes implements AuthorizedHandler {
  private static final String PREFIX = "/v1-k3s/";
  private static final int MAX_REQUEST = 16 << 10;

  /// Of the certificates that only the appliance holds, to speak for a host.
  private static final Duration LIFE = Duration.ofDays(1);

  /// Each has a client of its own.
  private static final int REMEMBERED = 256;

  /// In the subject of what the appliance speaks with: what others have of the same name counts by
  /// itself while authorities are replaced.
  private static final String SPEAKER = "fleet.croft.io:appliance";

  private final int port;
  private final Supplier<Pki> pki;
  private final K3sHosts.Terms terms;
  private final AgentCertificates certificates;
  private final InstantSource clock;
  private final Map<String, EngineProxy> supervisors = new LruMap<>(REMEMBERED);

  /// @param port of k3s' supervisor
  HostRoutes(int port, Supplier<Pki> pki, K3sHosts.Terms terms, InstantSource clock) {
    this.port = port;
    this.pki = pki;
    this.terms = terms;
    this.certificates = new AgentCertificates(pki, terms, clock);
    this.clock = clock;
  }

  static boolean isFor(String path) {
    return path.startsWith(PREFIX);
  }

  @Override
  public HttpResponse handle(HttpRequest request, RequestContext context) {
    String user = context.user().name();
    String node =
        user.startsWith(HostTokens.NODE_USER) ? user.substring(HostTokens.NODE_USER.length()) : "";
    // Whoever may speak as a host for one request gets nothing that lasts.
    if (terms.hosts().key(node).isEmpty() || context.standing().isEmpty()) {
      throw Statuses.forbidden("", "nodes", node, "this is for hosts that have joined as agents");
    }
    String said = request.headers().first("k3s-node-name").orElse(node).toLowerCase(Locale.ROOT);
    if (!said.equals(node)) {
      throw Statuses.forbidden("", "nodes", said, "the host has joined as " + node);
    }
    String what = request.path().substring(PREFIX.length());
    return switch (request.method() + " " + what) {
      case "GET client-ca.crt" -> pem(pki.get().clientAuthority());
      case "GET server-ca.crt" -> pem(pki.get().serverAuthority());
      case "GET config", "GET apiservers", "GET readyz", "GET connect" ->
          supervisor(node).handle(request, context);
      default -> {
        if (!request.method().equals("POST")) {
          throw Statuses.noSuchResource();
        }
        yield text(
            certificates.certify(
                new AgentCertificates.Asked(
                    node,
                    what,
                    body(request),
                    new AgentCertificates.Addresses(request.peer().address(), addresses(request)),
                    context.standing().get())));
      }
    };
  }

  private static HttpResponse pem(CertificateAuthority authority) {
    return text(Pem.encode(K3sTrust.certificates(authority)));
  }

  private static HttpResponse text(String text) {
    return HttpResponse.of(200, "text/plain", text.getBytes(StandardCharsets.US_ASCII));
  }

  private static List<String> addresses(HttpRequest request) {
    return request.headers().first("k3s-node-ip").stream()
        .flatMap(list -> Arrays.stream(list.split(",")))
        .map(String::strip)
        .filter(address -> !address.isEmpty())
        .toList();
  }

  private static byte[] body(HttpRequest request) {
    try {
      return request.body().readAll(MAX_REQUEST);
    } catch (BodyTooLargeException e) {
      throw Statuses.tooLarge("limit is " + e.maxBytes());
    } catch (IOException e) {
      throw Statuses.badRequest("the body of the request did not arrive completely");
    }
  }

  private EngineProxy supervisor(String node) {
    synchronized (supervisors) {
      return supervisors.computeIfAbsent(
          node,
          name ->
              new EngineProxy(
                  K3sEngine.NAME, new EngineAddress(port, new Speaker(name)::credentials)));
    }
  }

  /// Speaks for a host, with a certificate that is made anew in time.
  private final class Speaker {
    private final String node;
    private @Nullable Identity identity;
    private int generation;

    Speaker(String node) {
      this.node = node;
    }

    synchronized EngineAddress.Credentials credentials() {
      CertificateAuthority authority = pki.get().clientAuthority();
      Identity now = identity;
      if (now == null || generation != authority.generation() || isOld(now)) {
        try {
          now =
              authority.issue(
                  new Profile.Client(
                      HostTokens.NODE_USER + node,
                      List.of(HostTokens.NODES_GROUP, terms.group() + node, SPEAKER),
                      LIFE));
        } catch (PkiException e) {
          throw Statuses.serviceUnavailable("no certificate can be issued: " + e.getMessage());
        }
        identity = now;
        generation = authority.generation();
      }
      return new EngineAddress.Credentials(now, pki.get().serverAuthority().trusted());
    }

    private boolean isOld(Identity of) {
      Instant end = of.leaf().getNotAfter().toInstant();
      return clock.instant().isAfter(end.minus(LIFE.dividedBy(2)));
    }
  }
}
