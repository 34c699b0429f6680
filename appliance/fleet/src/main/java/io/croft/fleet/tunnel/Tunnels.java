package io.croft.fleet.tunnel;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.http.Headers;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.base.http.HttpResponse.BodySink;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.model.Json;
import io.croft.model.Statuses;
import io.croft.security.AuthorizedHandler;
import io.croft.security.RequestContext;
import io.croft.security.RequestInfo;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The hosts that are connected, and what is asked of them:
///
/// | request | |
/// |---|---|
/// | `GET /apis/fleet.croft.io/v1alpha1/machines/NAME/tunnel`, upgraded to `croft-tunnel` | a host connects |
/// | `/api/v1/nodes/NAME/proxy/…` | is passed on to the host's agent |
///
/// A host that connects again takes the place of its connection before. Thread-safe.
public final class Tunnels {
  /// What connections are upgraded to.
  public static final String PROTOCOL = "croft-tunnel";

  private static final Logger LOG = LoggerFactory.getLogger(Tunnels.class);

  /// Of one connection, or of the appliance's own affairs.
  private static final Set<String> NOT_PASSED =
      Set.of("connection", "upgrade", "transfer-encoding", "te", "host", "content-length");

  private static final int PIECE = 16 << 10;

  private final Map<String, Link> links = new ConcurrentHashMap<>();

  /// Answers what concerns hosts, and leaves the rest to others.
  public AuthorizedHandler before(AuthorizedHandler others) {
    return (request, context) ->
        answer(request, context).orElseGet(() -> others.handle(request, context));
  }

  /// Breaks off the connection of a host that is none any more.
  public void cut(String machine) {
    Link link = links.remove(machine);
    if (link != null) {
      link.close();
    }
  }

  public boolean isConnected(String machine) {
    return links.containsKey(machine);
  }

  private Optional<HttpResponse> answer(HttpRequest request, RequestContext context) {
    RequestInfo info = context.info();
    if (!info.resource()) {
      return Optional.empty();
    }
    String what = info.group() + "/" + info.plural() + "/" + info.subresource();
    if (what.equals(FleetKinds.GROUP + "/machines/tunnel")) {
      return Optional.of(connect(request, info.name()));
    }
    if (what.equals("/nodes/proxy")) {
      return Optional.ofNullable(links.get(info.name()))
          .map(link -> pass(request, info.name(), link));
    }
    return Optional.empty();
  }

  private HttpResponse connect(HttpRequest request, String machine) {
    boolean asked =
        request.headers().first("upgrade").filter(PROTOCOL::equalsIgnoreCase).isPresent();
    if (!asked || !request.method().equals("GET")) {
      throw Statuses.badRequest("this is for hosts, which upgrade the connection to " + PROTOCOL);
    }
    return new HttpResponse.Upgraded(
        Headers.of("upgrade", PROTOCOL), (from, to) -> hold(machine, from, to));
  }

  private void hold(String machine, InputStream from, BodySink to) throws IOException {
    var link = new Link(from, new Sink(to, Thread.currentThread()), Link.Answering.NOTHING);
    Link before = links.put(machine, link);
    if (before != null) {
      before.close();
    }
    to.onClose(link::close);
    LOG.atInfo().addKeyValue("node", machine).log("a host is connected");
    try {
      link.run();
    } finally {
      links.remove(machine, link);
      Thread.interrupted(); // it may have been what ended the link
      LOG.atInfo().addKeyValue("node", machine).log("a host is not connected any more");
    }
  }

  /// @param reader who waits for the host
  private record Sink(BodySink to, Thread reader) implements Link.Output {
    @Override
    public void write(byte[] bytes) throws IOException {
      to.write(bytes);
      to.flush();
    }

    @Override
    public void abort() {
      if (!Thread.currentThread().equals(reader)) {
        reader.interrupt();
      }
    }
  }

  private static HttpResponse pass(HttpRequest request, String machine, Link link) {
    try {
      LinkStream stream = link.ask(head(request, machine));
      try {
        send(request, stream);
        return answer(stream.awaitHead(), stream);
      } catch (IOException | RuntimeException e) {
        stream.close();
        throw e;
      }
    } catch (IOException e) {
      throw Statuses.serviceUnavailable("node %s: %s".formatted(machine, e.getMessage()));
    }
  }

  private static ObjectNode head(HttpRequest request, String machine) {
    String prefix = "/nodes/" + machine + "/proxy";
    String path = request.path();
    String rest = path.substring(path.indexOf(prefix) + prefix.length());
    ObjectNode head =
        Json.object()
            .put("method", request.method())
            .put("path", rest.isEmpty() ? "/" : rest)
            .put("query", request.query().raw());
    headers(head.putArray("headers"), request.headers());
    return head;
  }

  private static void headers(ArrayNode to, Headers headers) {
    headers.forEach((name, value) -> {
      if (!NOT_PASSED.contains(name)) {
        to.add(name).add(value);
      }
    });
  }

  private static void send(HttpRequest request, LinkStream stream) throws IOException {
    try (InputStream body = request.body().open()) {
      byte[] piece = body.readNBytes(PIECE);
      while (piece.length > 0) {
        stream.write(piece);
        piece = body.readNBytes(PIECE);
      }
    }
    stream.end();
  }

  private static HttpResponse answer(ObjectNode head, LinkStream stream) throws IOException {
    int status = head.path("status").asInt();
    if (status < 200 || status > 599) {
      throw new IOException("the host answers with status " + status);
    }
    var headers = Headers.EMPTY;
    for (int i = 0; i + 1 < head.path("headers").size(); i += 2) {
      String name = head.path("headers").get(i).asText();
      String value = head.path("headers").get(i + 1).asText();
      if (name.matches("[a-z0-9-]{1,64}") && !NOT_PASSED.contains(name)) {
        headers = headers.with(name, value.replaceAll("\\p{Cntrl}", " "));
      }
    }
    return new HttpResponse.Streaming(status, headers, sink -> copy(stream, sink));
  }

  private static void copy(LinkStream stream, BodySink sink) throws IOException {
    sink.onGone(stream::close);
    try (InputStream from = stream.input()) {
      byte[] buffer = new byte[PIECE];
      int count = from.read(buffer);
      while (count >= 0) {
        byte[] piece = new byte[count];
        System.arraycopy(buffer, 0, piece, 0, count);
        sink.write(piece);
        sink.flush();
        count = from.read(buffer);
      }
    } finally {
      stream.close();
    }
  }
}
