package io.croft.engine.proxy;

import io.croft.base.http.Headers;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.base.http.Query;
import io.croft.base.http.RequestBody.BodyTooLargeException;
import io.croft.model.Statuses;
import io.croft.security.AuthorizedHandler;
import io.croft.security.RequestContext;
import io.croft.security.UserInfo;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// Hands requests that the gateway has authenticated, recorded and authorized on to an engine, with
/// the user's identity, and the answers back as they come. Thread-safe.
public final class EngineProxy implements AuthorizedHandler {
  /// kube-apiserver's own limit.
  private static final int MAX_BODY_BYTES = 3 << 20;

  /// Until an answer begins: kube-apiserver ends what takes 60 s by itself.
  private static final Duration TIMEOUT = Duration.ofSeconds(70);

  private static final Duration PROBE = Duration.ofSeconds(4);
  private static final int PIECE_BYTES = 16 << 10;
  private static final int UNAUTHORIZED = 401;

  private final String engine;
  private final EngineAddress address;

  /// @param engine its name, for messages
  public EngineProxy(String engine, EngineAddress address) {
    this.engine = engine;
    this.address = address;
  }

  /// @throws io.croft.model.StatusException 400 or 413 for a body that cannot be read, 503 when the
  ///   engine does not answer
  @Override
  public HttpResponse handle(HttpRequest request, RequestContext context) {
    byte[] body = body(request);
    Headers headers = EngineHeaders.of(request, context.user());
    try {
      return trusted(
          request.upgrade().isPresent()
              ? new EngineUpgrade(address).ask(request, target(request), headers, body)
              : send(request, headers, body));
    } catch (IOException | IllegalArgumentException e) {
      throw unreachable(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unreachable(e);
    }
  }

  /// Whether the engine says that it is ready.
  ///
  /// @param user whom to ask as
  public boolean ready(UserInfo user) {
    HttpRequest question = HttpRequest.of("GET", "/readyz", Query.EMPTY);
    var asked = java.net.http.HttpRequest.newBuilder(URI.create(address.url("/readyz")));
    EngineHeaders.of(question, user).forEach(asked::header);
    try {
      return address
              .client()
              .send(asked.timeout(PROBE).build(), BodyHandlers.discarding())
              .statusCode()
          == 200;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private HttpResponse send(HttpRequest request, Headers headers, byte[] body)
      throws IOException, InterruptedException {
    var outgoing =
        java.net.http.HttpRequest.newBuilder(URI.create(address.url(target(request))))
            .timeout(TIMEOUT)
            .method(
                request.method(),
                body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
    headers.forEach(outgoing::header);
    var answer = address.client().send(outgoing.build(), BodyHandlers.ofInputStream());
    Headers returned = Headers.EMPTY;
    for (var field : answer.headers().map().entrySet()) {
      String name = field.getKey().toLowerCase(Locale.ROOT);
      for (String value : EngineHeaders.comesBack(name) ? field.getValue() : List.<String>of()) {
        returned = returned.with(name, value);
      }
    }
    return new HttpResponse.Streaming(
        answer.statusCode(), returned, sink -> copy(answer.body(), sink));
  }

  /// The user is known here; who is not believed is the gateway.
  private HttpResponse trusted(HttpResponse answer) {
    if (answer.status() != UNAUTHORIZED) {
      return answer;
    }
    if (answer instanceof HttpResponse.Streaming streaming) {
      streaming.abandon();
    }
    throw Statuses.serviceUnavailable(
        engine + " does not take the gateway's word yet for who a user is");
  }

  private static String target(HttpRequest request) {
    String query = request.query().raw();
    return request.path() + (query.isEmpty() ? "" : "?" + query);
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

  private RuntimeException unreachable(Exception e) {
    String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return Statuses.serviceUnavailable(engine + " does not answer: " + reason);
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
}
