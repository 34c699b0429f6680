package io.croft.certificates.acme.solving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import io.croft.client.ApiClient;
import io.croft.model.Yaml;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("CM-31")
class Http01SolverTest {
  private final Http01Tokens tokens = new Http01Tokens(false);
  private final SecretReader secrets =
      new SecretReader(
          new ApiClient(
              request -> {
                throw new AssertionError("nothing is read");
              },
              "test"),
          "default");

  private static JsonNode yaml(String text) throws Exception {
    return Yaml.parse(text.getBytes(StandardCharsets.UTF_8));
  }

  private Solver.Task task(String http01) throws Exception {
    return new Solver.Task(
        yaml(
            "{dnsName: localhost, token: abc, key: abc.thumbprint, solver: {http01: %s}}"
                .formatted(http01)),
        secrets);
  }

  @Test
  void anIngressNeedsTheListener() throws Exception {
    var solver = new Http01Solver(tokens, 80, 1, Duration.ZERO);
    assertThatThrownBy(() -> solver.present(task("{ingress: {}}")))
        .isInstanceOf(SolverException.class)
        .hasMessageContaining("HTTP-01 is off: set croft.acme.http01.listen")
        .hasMessageContaining("gatewayHTTPRoute");
    assertThat(tokens.answer("abc")).isEmpty();
  }

  /// Whoever has a name decides where it redirects to, and must not have this look around there.
  @ParameterizedTest
  @CsvSource({
    "http://127.0.0.1:%d/inner, 0, redirected to another name or port",
    "http://localhost:%d/inner, 1, or nothing",
    "http://localhost:%d/missing, 0, or nothing",
    "https://localhost:%d/inner, 0, redirected to another name or port"
  })
  void nothingIsToldOfWhatIsBehindARedirect(String to, int asked, String words) throws Exception {
    HttpServer web =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    int port = web.getAddress().getPort();
    var inner = new AtomicInteger();
    web.createContext(
        Http01Tokens.PATH,
        exchange -> {
          exchange.getResponseHeaders().set("location", to.formatted(port));
          exchange.sendResponseHeaders(302, -1);
          exchange.close();
        });
    web.createContext(
        "/inner",
        exchange -> {
          inner.incrementAndGet();
          exchange.sendResponseHeaders(418, -1);
          exchange.close();
        });
    web.start();
    try {
      var solver = new Http01Solver(tokens, port, 1, Duration.ZERO);
      assertThatThrownBy(() -> solver.check(task("{gatewayHTTPRoute: {}}")))
          .isInstanceOf(SolverException.class)
          .hasMessageContaining(words)
          .hasMessageNotContainingAny("418", "404", "inner", "missing");
      assertThat(inner).hasValue(asked);
    } finally {
      web.stop(0);
    }
  }

  @Test
  void aRouteIsAnsweredWhereverPort80RedirectsTo() throws Exception {
    HttpServer web =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    int port = web.getAddress().getPort();
    // In place of what is at port 80, and of the appliance, in one.
    web.createContext(
        Http01Tokens.PATH,
        exchange -> {
          String to = "http://localhost:%d/there%s".formatted(port, exchange.getRequestURI());
          exchange.getResponseHeaders().set("location", to);
          exchange.sendResponseHeaders(308, -1);
          exchange.close();
        });
    web.createContext(
        "/there" + Http01Tokens.PATH,
        exchange -> {
          String path = exchange.getRequestURI().getPath();
          String token = path.substring(path.lastIndexOf('/') + 1);
          byte[] key = tokens.answer(token).orElse("nothing").getBytes(StandardCharsets.US_ASCII);
          exchange.sendResponseHeaders(200, key.length);
          exchange.getResponseBody().write(key);
          exchange.close();
        });
    web.start();
    try {
      var solver = new Http01Solver(tokens, port, 2, Duration.ZERO);
      Solver.Task task = task("{gatewayHTTPRoute: {parentRefs: [{name: public}]}}");
      solver.require(task.solver(), secrets);
      assertThatThrownBy(() -> solver.check(task)).hasMessageContaining("something else");
      solver.present(task);
      solver.check(task);
      solver.cleanUp(task);
      assertThat(tokens.answer("abc")).isEmpty();
    } finally {
      web.stop(0);
    }
  }
}
