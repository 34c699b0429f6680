package io.croft.client;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.http.Headers;
import io.croft.base.http.HttpHandler;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.base.http.HttpResponse.BodySink;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.model.Status;
import io.croft.model.StatusException;
import io.croft.model.Statuses;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A small API server with one kind of object, `widgets.example.com`, with versions, watches from
/// any version that has not been compacted, and failures on demand. All state is guarded by `this`.
final class FakeApi implements HttpHandler {
  static final GroupVersionResource WIDGETS =
      new GroupVersionResource("example.com", "v1", "widgets");

  private record Event(long version, String type, ObjectNode object) {}

  private final TreeMap<Request, ObjectNode> objects = new TreeMap<>();
  private final List<Event> history = new ArrayList<>();
  private final Queue<RuntimeException> failures = new ArrayDeque<>();
  private final List<HttpRequest> requests = new ArrayList<>();
  private long version = 100;
  private long compacted = 100;
  private long cut;
  private int openWatches;

  // ---- what a test does behind the clients' backs

  synchronized ApiObject put(String namespace, String name, String colour) {
    ApiObject object = widget(namespace, name, colour);
    store(objects.containsKey(Request.of(object)) ? "MODIFIED" : "ADDED", object.json());
    return object;
  }

  synchronized void remove(String namespace, String name) {
    store("DELETED", existing(namespace, name).deepCopy());
  }

  /// Tells watchers the current version without an event.
  synchronized void bookmark() {
    ObjectNode object = ApiObject.of(Json.object()).setResourceVersion("" + ++version).json();
    history.add(new Event(version, "BOOKMARK", object));
    notifyAll();
  }

  /// Sends watchers an error.
  synchronized void error(StatusException error) {
    history.add(new Event(++version, "ERROR", error.status().toJson()));
    notifyAll();
  }

  /// Forgets everything but the current state.
  synchronized void compact() {
    compacted = ++version;
    history.clear();
  }

  /// Ends all watches in the middle of a line, as a broken connection does.
  synchronized void cutWatches() {
    cut++;
    notifyAll();
  }

  /// Has the next request fail.
  synchronized void fail(RuntimeException failure) {
    failures.add(failure);
  }

  synchronized int openWatches() {
    return openWatches;
  }

  /// The requests so far, as `METHOD path?query`.
  synchronized List<String> requests() {
    return requests.stream()
        .map(r -> r.method() + " " + r.path() + (query(r).isEmpty() ? "" : "?" + query(r)))
        .toList();
  }

  private static String query(HttpRequest request) {
    return request.query().encode();
  }

  synchronized HttpRequest lastRequest() {
    return requests.getLast();
  }

  static ApiObject widget(String namespace, String name, String colour) {
    ObjectNode json = Json.object().put("apiVersion", "example.com/v1").put("kind", "Widget");
    json.putObject("spec").put("colour", colour);
    return ApiObject.of(json).setNamespace(namespace).setName(name);
  }

  static String colour(ApiObject widget) {
    return widget.json().at("/spec/colour").asText();
  }

  // ---- the server

  @Override
  public synchronized HttpResponse handle(HttpRequest request) {
    requests.add(request);
    RuntimeException failure = failures.poll();
    try {
      if (failure != null) {
        throw failure;
      }
      return route(request);
    } catch (StatusException e) {
      return HttpResponse.of(
          e.status().code(), "application/json", Json.bytes(e.status().toJson()));
    }
  }

  private HttpResponse route(HttpRequest request) {
    String[] path = request.path().split("/");
    int resource = path[4].equals("namespaces") ? 6 : 4;
    String namespace = resource == 6 ? path[5] : "";
    String name = path.length > resource + 1 ? path[resource + 1] : "";
    return switch (request.method()) {
      case "GET" -> name.isEmpty() ? collection(request, namespace) : one(namespace, name);
      case "POST" -> create(body(request));
      case "PUT" -> update(body(request));
      case "DELETE" -> delete(namespace, name);
      default -> throw Statuses.methodNotAllowed();
    };
  }

  private HttpResponse collection(HttpRequest request, String namespace) {
    return request.query().flag("watch") ? watch(request) : list(request, namespace);
  }

  private HttpResponse list(HttpRequest request, String namespace) {
    int limit = request.query().first("limit").map(Integer::parseInt).orElse(Integer.MAX_VALUE);
    String[] token = request.query().first("continue").orElse(version + ":0").split(":");
    if (Long.parseLong(token[0]) < compacted && !token[1].equals("0")) {
      throw Statuses.expired("the continue token is too old");
    }
    List<ObjectNode> found =
        objects.entrySet().stream()
            .filter(e -> namespace.isEmpty() || e.getKey().namespace().equals(namespace))
            .map(e -> e.getValue().deepCopy())
            .toList();
    int from = Integer.parseInt(token[1]);
    int to = Math.min(found.size(), from + Math.min(limit, found.size()));
    ObjectNode list = Json.object().put("apiVersion", "example.com/v1").put("kind", "WidgetList");
    ObjectNode metadata = list.putObject("metadata").put("resourceVersion", token[0]);
    if (to < found.size()) {
      metadata.put("continue", token[0] + ":" + to);
    }
    ArrayNode items = list.putArray("items");
    // As built-in kinds do, the items leave out what they are.
    found.subList(from, to).forEach(i -> items.add(i.without(List.of("kind", "apiVersion"))));
    byte[] body = Json.bytes(list);
    return new HttpResponse.Streaming(200, Headers.EMPTY, sink -> writeInPieces(sink, body));
  }

  private HttpResponse watch(HttpRequest request) {
    long from = Long.parseLong(request.query().first("resourceVersion").orElse("0"));
    if (from < compacted) {
      throw Statuses.expired("too old resource version: " + from + " (" + compacted + ")");
    }
    return new HttpResponse.Streaming(200, Headers.EMPTY, sink -> stream(sink, from));
  }

  private void stream(BodySink sink, long from) throws IOException {
    var gone = new boolean[1];
    sink.onClose(() -> {
      synchronized (this) {
        gone[0] = true;
        notifyAll();
      }
    });
    long seen = from;
    long epoch = opened();
    try {
      while (true) {
        Event event = next(seen, epoch, gone);
        if (event == null) {
          return;
        }
        seen = event.version;
        ObjectNode line = Json.object().put("type", event.type);
        line.set("object", event.object);
        writeInPieces(sink, (Json.text(line) + "\n").getBytes(StandardCharsets.UTF_8));
      }
    } finally {
      closed();
    }
  }

  private synchronized long opened() {
    openWatches++;
    return cut;
  }

  private synchronized void closed() {
    openWatches--;
  }

  /// @return null when the receiver is gone
  private synchronized @Nullable Event next(long seen, long epoch, boolean[] gone)
      throws IOException {
    try {
      while (!gone[0]) {
        if (cut != epoch) {
          throw new IOException("connection reset");
        }
        if (seen < compacted) {
          throw new IOException("a test compacted what a watch had still to send");
        }
        for (Event event : history) {
          if (event.version > seen) {
            return event;
          }
        }
        wait();
      }
      return null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
  }

  private static void writeInPieces(BodySink sink, byte[] bytes) throws IOException {
    int half = bytes.length / 2;
    sink.write(Arrays.copyOfRange(bytes, 0, half));
    sink.write(Arrays.copyOfRange(bytes, half, bytes.length));
    sink.flush();
  }

  private HttpResponse one(String namespace, String name) {
    return json(200, existing(namespace, name));
  }

  private ObjectNode existing(String namespace, String name) {
    ObjectNode found = objects.get(new Request(namespace, name));
    if (found == null) {
      throw Statuses.notFound("example.com", "widgets", name);
    }
    return found;
  }

  private HttpResponse create(ApiObject object) {
    if (objects.containsKey(Request.of(object))) {
      throw Statuses.alreadyExists("example.com", "widgets", object.name());
    }
    store("ADDED", object.json());
    return json(201, object.json());
  }

  private HttpResponse update(ApiObject object) {
    ApiObject stored = ApiObject.of(existing(object.namespace(), object.name()));
    if (!stored.resourceVersion().equals(object.resourceVersion())) {
      throw Statuses.conflict("example.com", "widgets", object.name());
    }
    store("MODIFIED", object.json());
    return json(200, object.json());
  }

  private HttpResponse delete(String namespace, String name) {
    if (name.isEmpty()) {
      List.copyOf(objects.values()).forEach(object -> store("DELETED", object.deepCopy()));
    } else {
      store("DELETED", existing(namespace, name).deepCopy());
    }
    return json(200, Status.success(null).toJson());
  }

  private void store(String type, ObjectNode object) {
    ApiObject stored = ApiObject.of(object).setResourceVersion(Long.toString(++version));
    if (type.equals("DELETED")) {
      objects.remove(Request.of(stored));
    } else {
      objects.put(Request.of(stored), object);
    }
    history.add(new Event(version, type, object));
    notifyAll();
  }

  private static ApiObject body(HttpRequest request) {
    try {
      return ApiObject.of(Json.parseObject(request.body().readAll(1 << 20)));
    } catch (MalformedJsonException e) {
      throw Statuses.badRequest(e.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static HttpResponse json(int status, ObjectNode json) {
    return HttpResponse.of(status, "application/json", Json.bytes(json));
  }
}
