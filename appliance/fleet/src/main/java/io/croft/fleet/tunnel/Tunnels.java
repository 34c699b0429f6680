package io.croft.fleet.tunnel;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.http.Headers;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.base.http.HttpResponse.BodySink;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.fleet.proof.Transcript;
import io.croft.model.Json;
import io.croft.model.Statuses;
import io.croft.security.AuthorizedHandler;
import io.croft.security.RequestContext;
import io.croft.security.RequestInfo;
import io.croft.security.UserInfo;
import java.io.IOException;
import java.io.InputStream;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Locale;
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
/// Only a host itself connects, with a certificate of the key that its machine has. One that
/// connects again takes the place of its connection before. What hosts answer is data and nothing
/// more: it comes from the appliance's origin, and must not do anything to whoever looks at it in a
/// browser. Thread-safe.
public final class Tunnels {
  /// What connections are upgraded to.
  public static final String PROTOCOL = "croft-tunnel";

  /// What a host is asked when it should look what it was told.
  public static final String WAKE = "/components/look";

  private static final Logger LOG = LoggerFactory.getLogger(Tunnels.class);

  /// Of one connection, or of the appliance's own affairs.
  private static final Set<String> NOT_PASSED =
      Set.of("connection", "upgrade", "transfer-encoding", "te", "host", "content-length");

  /// What answers may be; anything else is bytes.
  private static final Set<String> TYPES = Set.of("application/json", "text/plain");

  private static final int PIECE = 16 << 10;

  private final Hosts hosts;
  private final Map<String, Link> links = new ConcurrentHashMap<>();

  /// Tells which hosts there are.
  @FunctionalInterface
  public interface Hosts {
    /// @param key the fingerprint of a key
    boolean has(String machine, String key);
  }

  public Tunnels(Hosts hosts) {
    this.hosts = hosts;
  }

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

  /// Has a host look at once what it was told, if it is connected. Does not wait for it.
  public void wake(String machine) {
    Link link = links.get(machine);
    if (link != null) {
      Thread.ofVirtual().name("node-wake").start(() -> wake(machine, link));
    }
  }

  private static void wake(String machine, Link link) {
    ObjectNode head = Json.object().put("method", "POST").put("path", WAKE).put("query", "");
    head.putArray("headers");
    try {
      LinkStream stream = link.ask(head);
      stream.end();
      stream.awaitHead();
      stream.close();
    } catch (IOException e) {
      LOG.atDebug().addKeyValue("node", machine).setCause(e).log("a host is not woken");
    }
  }

  private Optional<HttpResponse> answer(HttpRequest request, RequestContext context) {
    RequestInfo info = context.info();
    if (!info.resource()) {
      return Optional.empty();
    }
    String what = info.group() + "/" + info.plural() + "/" + info.subresource();
    if (what.equals(FleetKinds.GROUP + "/machines/tunnel")) {
      return Optional.of(connect(request, context, info.name()));
    }
    if (what.equals("/nodes/proxy")) {
      return Optional.ofNullable(links.get(info.name()))
          .map(link -> pass(request, info.name(), link));
    }
    return Optional.empty();
  }

  private HttpResponse connect(HttpRequest request, RequestContext context, String machine) {
    String key = requireHost(request, context.user(), machine);
    boolean asked =
        request.headers().first("upgrade").filter(PROTOCOL::equalsIgnoreCase).isPresent();
    if (!asked || !request.method().equals("GET")) {
      throw Statuses.badRequest("this is for hosts, which upgrade the connection to " + PROTOCOL);
    }
    return new HttpResponse.Upgraded(
        Headers.of("upgrade", PROTOCOL), (from, to) -> hold(machine, key, from, to));
  }

  /// Whoever may read machines is not one of them for that.
  ///
  /// @return the fingerprint of the host's key
  /// @throws io.croft.model.StatusException 403 for whoever is not the host itself
  public String requireHost(HttpRequest request, UserInfo user, String machine) {
    List<X509Certificate> shown = request.peer().certificates();
    boolean itself =
        user.name().equals(FleetKinds.NODE_USER + machine)
            && user.inGroup(FleetKinds.NODES_GROUP)
            && !shown.isEmpty();
    String key = itself ? Transcript.fingerprint(shown.getFirst().getPublicKey()) : "";
    if (!itself || !hosts.has(machine, key)) {
      throw Statuses.forbidden(
          FleetKinds.GROUP,
          "machines",
          machine,
          "only the host itself may, with the certificate that it got when it joined");
    }
    return key;
  }

  private void hold(String machine, String key, InputStream from, BodySink to) throws IOException {
    var link = new Link(from, new Sink(to, Thread.currentThread()), Link.Answering.NOTHING);
    Link before = links.put(machine, link);
    if (before != null) {
      before.close();
    }
    to.onClose(link::close);
    LOG.atInfo().addKeyValue("node", machine).log("a host is connected");
    try {
      // One that was removed before it could be cut must not stay.
      if (hosts.has(machine, key)) {
        link.run();
      }
    } finally {
      links.remove(machine, link);
      link.close();
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
      // An answer may begin, and fill what may be under way, before all is sent.
      Thread sender = Thread.ofVirtual().name("node-request").start(() -> send(request, stream));
      try {
        return answer(stream.awaitHead(), stream, sender);
      } catch (IOException | RuntimeException e) {
        stream.close();
        sender.interrupt();
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

  private static void send(HttpRequest request, LinkStream stream) {
    try (InputStream body = request.body().open()) {
      byte[] piece = body.readNBytes(PIECE);
      while (piece.length > 0) {
        stream.write(piece);
        piece = body.readNBytes(PIECE);
      }
      stream.end();
    } catch (IOException | RuntimeException e) {
      LOG.debug("a question is not sent to its end", e);
      stream.close();
    }
  }

  private static HttpResponse answer(ObjectNode head, LinkStream stream, Thread sender)
      throws IOException {
    int status = head.path("status").asInt();
    if (status < 200 || status > 599) {
      throw new IOException("the host answers with status " + status);
    }
    var headers =
        Headers.of("content-type", type(head))
            .with("x-content-type-options", "nosniff")
            .with("content-security-policy", "sandbox; default-src 'none'");
    return new HttpResponse.Streaming(status, headers, sink -> copy(stream, sender, sink));
  }

  /// Of all that a host says about its answer, only this is passed on.
  private static String type(ObjectNode head) {
    for (int i = 0; i + 1 < head.path("headers").size(); i += 2) {
      if (head.path("headers").get(i).asText().equals("content-type")) {
        String value = head.path("headers").get(i + 1).asText();
        String type = value.replaceFirst(";.*", "").strip().toLowerCase(Locale.ROOT);
        if (TYPES.contains(type)) {
          return type.equals("text/plain") ? "text/plain; charset=utf-8" : type;
        }
      }
    }
    return "application/octet-stream";
  }

  private static void copy(LinkStream stream, Thread sender, BodySink sink) throws IOException {
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
      sender.interrupt();
    }
  }
}
