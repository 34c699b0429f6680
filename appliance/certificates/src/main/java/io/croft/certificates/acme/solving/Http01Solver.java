package io.croft.certificates.acme.solving;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.certificates.acme.protocol.ServerTrust;
import java.io.IOException;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;

/// Answers under a well-known path of the name (RFC 8555, 8.3). The appliance answers itself, at
/// port 80 where it listens there, and at its own port, to which what listens at port 80 may
/// redirect: what the solver says of Ingresses, Gateways and pods has no effect.
///
/// Before a server is told to ask, it is looked whether the answer can be found. Whoever has a name
/// says where it leads, so that this must tell nobody what else is there: redirects are followed on
/// the same name only, and nothing is said of what is found behind one but whether it is the
/// answer.
public final class Http01Solver implements Solver {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final int MAX_BYTES = 4096;
  private static final int MAX_REDIRECTS = 10;
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

  private final Http01Tokens tokens;
  private final int port;
  private final int passes;
  private final Duration pause;

  /// As the server will, it believes whichever certificate it is redirected to.
  private final BoundedHttp http =
      new BoundedHttp(
          () ->
              HttpClient.newBuilder()
                  .sslContext(ServerTrust.anybody())
                  .proxy(ProxySelector.getDefault()),
          TIMEOUT,
          MAX_BYTES);

  /// @param port that servers ask, 80
  /// @param passes how often in a row the answer has to be found
  public Http01Solver(Http01Tokens tokens, int port, int passes, Duration pause) {
    this.tokens = tokens;
    this.port = port;
    this.passes = passes;
    this.pause = pause;
  }

  @Override
  public void require(JsonNode solver, SecretReader secrets) throws SolverException {
    boolean redirected = solver.path("http01").has("gatewayHTTPRoute");
    if (!tokens.served() && !redirected) {
      throw new SolverException(
          "HTTP-01 is off: set croft.acme.http01.listen to the address that port 80 of the names"
              + " leads to, such as 0.0.0.0:80, or use the solver gatewayHTTPRoute where port 80"
              + " redirects to port 443, which leads to the appliance");
    }
  }

  @Override
  public void present(Task task) throws SolverException {
    require(task.solver(), task.secrets());
    tokens.add(task.token(), task.key());
  }

  @Override
  public void resume(Task task) {
    try {
      present(task);
    } catch (SolverException e) {
      // It was presented by a process with other settings; the server will say what it has found.
    }
  }

  @Override
  public void check(Task task) throws SolverException, InterruptedException {
    String host = task.name().contains(":") ? "[" + task.name() + "]" : task.name();
    URI uri;
    try {
      String authority = port == 80 ? host : host + ":" + port;
      uri = URI.create("http://" + authority + Http01Tokens.PATH + task.token());
    } catch (IllegalArgumentException e) {
      throw new SolverException("the name or the token cannot be part of an address", e);
    }
    for (int pass = 1; pass <= passes; pass++) {
      expect(task.key(), uri);
      if (pass < passes) {
        Thread.sleep(pause);
      }
    }
  }

  private void expect(String key, URI uri) throws SolverException, InterruptedException {
    HttpResponse<byte[]> response;
    try {
      response = get(uri);
    } catch (IOException | IllegalArgumentException e) {
      throw new SolverException("%s cannot be fetched: %s".formatted(uri, e.getMessage()), e);
    }
    if (REDIRECTS.contains(response.statusCode())) {
      expectBehind(key, uri, response);
    } else if (response.statusCode() != 200) {
      throw new SolverException("%s is answered %d".formatted(uri, response.statusCode()));
    } else if (!isKey(key, response)) {
      throw new SolverException(uri + " is answered with something else than the challenge's key");
    }
  }

  private void expectBehind(String key, URI uri, HttpResponse<byte[]> first)
      throws SolverException, InterruptedException {
    URI at = uri;
    HttpResponse<byte[]> response = first;
    try {
      for (int redirects = 0; redirects < MAX_REDIRECTS; redirects++) {
        at = redirected(uri, at, response.headers().firstValue("location").orElse(""));
        response = get(at);
        if (response.statusCode() == 200 && isKey(key, response)) {
          return;
        }
        if (!REDIRECTS.contains(response.statusCode())) {
          break;
        }
      }
    } catch (IOException | IllegalArgumentException e) {
      // It is nobody's business why.
    }
    throw new SolverException(
        uri + " is redirected to where something else than the challenge's key is, or nothing");
  }

  private HttpResponse<byte[]> get(URI uri) throws IOException, InterruptedException {
    return http.send(HttpRequest.newBuilder(uri).timeout(TIMEOUT).GET().build());
  }

  private static boolean isKey(String key, HttpResponse<byte[]> response) {
    return new String(response.body(), StandardCharsets.UTF_8).strip().equals(key);
  }

  /// Servers follow to the usual ports only, and so nobody can have others asked.
  private URI redirected(URI first, URI from, String location) throws SolverException {
    try {
      URI to = from.resolve(location);
      boolean sameHost = first.getHost().equalsIgnoreCase(to.getHost());
      boolean plain = "http".equals(to.getScheme()) && (to.getPort() == -1 || to.getPort() == port);
      boolean tls = "https".equals(to.getScheme()) && (to.getPort() == -1 || to.getPort() == 443);
      if (sameHost && (plain || tls)) {
        return to;
      }
    } catch (IllegalArgumentException e) {
      // as below
    }
    throw new SolverException(
        first
            + " is redirected to another name or port than 80 and 443, where no answer is looked"
            + " for");
  }

  @Override
  public void cleanUp(Task task) {
    tokens.remove(task.token(), task.key());
  }
}
