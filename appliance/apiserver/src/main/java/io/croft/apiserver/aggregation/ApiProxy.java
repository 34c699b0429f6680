package io.croft.apiserver.aggregation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.outbound.HttpsClients;
import io.croft.apiserver.outbound.HttpsServer;
import io.croft.apiserver.outbound.ServiceResolver;
import io.croft.base.http.Headers;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.base.http.Query;
import io.croft.base.http.RequestBody.BodyTooLargeException;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.model.Statuses;
import io.croft.pki.Identity;
import io.croft.security.UserInfo;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Hands requests on to the servers of other APIs, and their answers back, as they come. Who asks
/// stands in headers (`X-Remote-User` and the like), which those servers believe because of the
/// certificate that this one shows. Thread-safe.
public final class ApiProxy {
  /// The most bytes of a body: as for requests to this server itself.
  private static final int MAX_BODY_BYTES = 3 << 20;

  /// Until an answer begins: kube-apiserver's.
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private static final int MAX_DISCOVERY_BYTES = 4 << 20;
  private static final int MAX_HASH_CHARS = 256;
  private static final String OPENAPI = "/openapi/v3";
  private static final int PIECE_BYTES = 16 << 10;

  /// About one connection (RFC 9110 section 7.6.1), or set by the client.
  private static final Set<String> OF_THE_CONNECTION =
      Set.of(
          "connection",
          "content-length",
          "expect",
          "host",
          "keep-alive",
          "proxy-authenticate",
          "proxy-authorization",
          "proxy-connection",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade");

  private final ServiceResolver services;
  private final HttpsClients clients;

  /// @param identity proves to the other servers that it is this one; null when there is none
  public ApiProxy(ServiceResolver services, Supplier<@Nullable Identity> identity) {
    this.services = services;
    this.clients = new HttpsClients(identity);
  }

  /// @throws io.croft.model.StatusException 400 or 413 for a body that cannot be read, 503 when the
  ///   other server does not answer
  public HttpResponse handle(HttpRequest request, UserInfo user, RemoteApi api) {
    if (!api.available()) {
      throw Statuses.serviceUnavailable(
          "the API service " + api.groupVersion() + " is not available");
    }
    byte[] body = body(request);
    try {
      String query = request.query().encode();
      String target = request.path() + (query.isEmpty() ? "" : "?" + query);
      HttpsServer server = api.server(services, target);
      var outgoing =
          java.net.http.HttpRequest.newBuilder(server.url())
              .timeout(TIMEOUT)
              .method(
                  request.method(),
                  body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
      request
          .headers()
          .forEach((name, value) -> {
            if (passes(name)) {
              outgoing.header(name, value);
            }
          });
      sign(outgoing, user);
      outgoing.header("x-forwarded-for", request.peer().address());
      return answer(clients.of(server).send(outgoing.build(), BodyHandlers.ofInputStream()));
    } catch (IOException | IllegalArgumentException e) {
      throw unreachable(api, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unreachable(api, e);
    }
  }

  private static byte[] body(HttpRequest request) {
    try {
      return request.body().readAll(MAX_BODY_BYTES);
    } catch (BodyTooLargeException e) {
      throw Statuses.tooLarge("limit is " + e.maxBytes());
    } catch (IOException e) {
      throw Statuses.badRequest("the body of the request did not arrive completely");
    }
  }

  private static RuntimeException unreachable(RemoteApi api, Exception e) {
    return Statuses.serviceUnavailable(
        "error trying to reach service %s/%s for %s: %s"
            .formatted(api.namespace(), api.service(), api.groupVersion(), reason(e)));
  }

  private static String reason(Exception e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  /// Nobody but this server says who asks; and what comes is to be passed on as it is.
  private static boolean passes(String name) {
    return !OF_THE_CONNECTION.contains(name)
        && !name.startsWith("x-remote-")
        && !name.startsWith("impersonate-")
        && !name.equals("authorization")
        && !name.equals("accept-encoding")
        && !name.equals("x-forwarded-for");
  }

  private static void sign(java.net.http.HttpRequest.Builder outgoing, UserInfo user) {
    outgoing.header("X-Remote-User", user.name());
    if (!user.uid().isEmpty()) {
      outgoing.header("X-Remote-Uid", user.uid());
    }
    user.groups().forEach(group -> outgoing.header("X-Remote-Group", group));
    user.extra()
        .forEach((key, values) -> {
          // Names of headers are told apart without case, and may hold few characters.
          String name =
              URLEncoder.encode(key.toLowerCase(Locale.ROOT), StandardCharsets.UTF_8)
                  .replace("+", "%20");
          values.forEach(value -> outgoing.header("X-Remote-Extra-" + name, value));
        });
  }

  private static HttpResponse answer(java.net.http.HttpResponse<InputStream> answer) {
    Headers headers = Headers.EMPTY;
    for (var field : answer.headers().map().entrySet()) {
      String name = field.getKey().toLowerCase(Locale.ROOT);
      if (name.startsWith(":") || OF_THE_CONNECTION.contains(name) || name.equals("audit-id")) {
        continue;
      }
      for (String value : field.getValue()) {
        headers = headers.with(name, value);
      }
    }
    return new HttpResponse.Streaming(
        answer.statusCode(), headers, sink -> copy(answer.body(), sink));
  }

  /// Each piece goes out at once: it may be an event that somebody waits for.
  private static void copy(InputStream from, HttpResponse.BodySink to) throws IOException {
    try (from) {
      to.onClose(() -> close(from));
      var piece = new byte[PIECE_BYTES];
      int count;
      while ((count = from.read(piece)) >= 0) {
        to.write(Arrays.copyOf(piece, count));
        to.flush();
      }
    }
  }

  private static void close(InputStream stream) {
    try {
      stream.close();
    } catch (IOException e) {
      // it is of no use any more
    }
  }

  /// What an API says of its resources: an `APIResourceList`.
  ///
  /// @throws IOException when it does not answer in time, or with something else; the message says
  ///   why
  public ObjectNode discover(RemoteApi api, Duration timeout) throws IOException {
    var answer = ask(api, api.root(), timeout);
    if (answer.statusCode() != 200) {
      throw new IOException("bad status from " + answer.uri() + ": " + answer.statusCode());
    }
    ObjectNode list = json(answer);
    if (!list.path("kind").asText("").equals("APIResourceList")) {
      throw new IOException(answer.uri() + " does not tell of resources");
    }
    return list;
  }

  /// The hash of the document in which an API says what its objects look like, an empty text when
  /// it has none; empty when there is no such document.
  ///
  /// @throws IOException when the server does not answer in time, or with something else
  public Optional<String> document(RemoteApi api, Duration timeout) throws IOException {
    var answer = ask(api, OPENAPI, timeout);
    if (answer.statusCode() != 200) {
      return Optional.empty();
    }
    String place = api.root().substring(1);
    JsonNode entry = json(answer).path("paths").path(place);
    String url = entry.path("serverRelativeURL").asText("");
    if (!url.startsWith(OPENAPI + "/" + place)) {
      return Optional.empty(); // elsewhere it cannot be reached through this server
    }
    int mark = url.indexOf('?');
    String hash = mark < 0 ? "" : Query.parse(url.substring(mark + 1)).first("hash").orElse("");
    return Optional.of(hash.length() > MAX_HASH_CHARS ? "" : hash);
  }

  private java.net.http.HttpResponse<byte[]> ask(RemoteApi api, String target, Duration timeout)
      throws IOException {
    HttpsServer server;
    try {
      server = api.server(services, target);
    } catch (IllegalArgumentException e) {
      throw new IOException("the service's name makes no address", e);
    }
    var request =
        java.net.http.HttpRequest.newBuilder(server.url())
            .timeout(timeout)
            .header("accept", "application/json");
    sign(request, UserInfo.of("system:kube-aggregator", UserInfo.MASTERS));
    try {
      return clients
          .of(server)
          .send(
              request.build(),
              BodyHandlers.limiting(BodyHandlers.ofByteArray(), MAX_DISCOVERY_BYTES));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static ObjectNode json(java.net.http.HttpResponse<byte[]> answer) throws IOException {
    try {
      return Json.parseObject(answer.body());
    } catch (MalformedJsonException e) {
      throw new IOException("what " + answer.uri() + " says is not JSON", e);
    }
  }
}
