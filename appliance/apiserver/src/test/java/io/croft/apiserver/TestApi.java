package io.croft.apiserver;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.builtin.ServiceNetwork;
import io.croft.apiserver.storage.AesGcmSealing;
import io.croft.base.http.Headers;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.base.http.HttpResponse.BodySink;
import io.croft.base.http.Peer;
import io.croft.base.http.Query;
import io.croft.base.http.RequestBody;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.model.Status;
import io.croft.model.StatusException;
import io.croft.pki.Identity;
import io.croft.pki.KeyPairs;
import io.croft.security.Attributes;
import io.croft.security.Decision;
import io.croft.security.RequestContext;
import io.croft.security.RequestInfo;
import io.croft.security.UserInfo;
import io.croft.store.Bytes;
import io.croft.store.KeyValue;
import io.croft.store.RangeRequest;
import io.croft.store.Store;
import io.croft.store.embedded.EmbeddedStore;
import io.croft.store.embedded.StoreConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// An API server on a store of its own, called without a network; errors come back as `Status`
/// objects.
final class TestApi implements AutoCloseable {
  static final UserInfo ALICE = UserInfo.of("alice", "system:authenticated");

  private static final KeyPair TOKEN_KEYS = KeyPairs.generate();

  final Store store;
  final ApiServer server;

  /// What all requests have noted for their audit events.
  final Map<String, String> annotations = new ConcurrentHashMap<>();

  /// What the users of all requests may do besides the request itself.
  volatile Predicate<Attributes> allowed = _ -> true;

  /// Who sends the requests.
  volatile UserInfo user = ALICE;

  TestApi(Path directory) {
    this(directory, null);
  }

  /// @param frontProxy what the servers of other APIs are shown
  TestApi(Path directory, @Nullable Identity frontProxy) {
    this(directory, frontProxy, ServiceNetwork.USUAL);
  }

  /// @param services what services are given
  TestApi(Path directory, @Nullable Identity frontProxy, ServiceNetwork services) {
    store = EmbeddedStore.open(directory, StoreConfig.defaults());
    var key = AesGcmSealing.Key.of("key1", new byte[32]);
    server =
        new ApiServer(
            store,
            Map.of("/registry/secrets", new AesGcmSealing(List.of(key))),
            attributes ->
                allowed.test(attributes) ? Decision.allow("test") : Decision.noOpinion("test"),
            List.of(),
            new ApiServer.Surroundings(
                new ServerVersion("test", "", "2026-01-01T00:00:00Z"),
                List::of,
                () -> Map.of("store", true),
                () -> TOKEN_KEYS,
                services,
                () -> frontProxy,
                null,
                List.of()),
            InstantSource.system());
    server.start();
  }

  /// An answer.
  record Answer(int code, Headers headers, ObjectNode body) {
    String text(String... path) {
      var node = body.path(path[0]);
      for (int i = 1; i < path.length; i++) {
        node = node.path(path[i]);
      }
      return node.asText();
    }
  }

  Answer get(String path, String... headers) {
    return call("GET", path, "", "", headers);
  }

  /// The whole of an answer that must be streamed.
  ObjectNode streamed(String path, String... headers) throws Exception {
    return Json.parseObject(whole((HttpResponse.Streaming) raw("GET", path, "", "", headers)));
  }

  private static byte[] whole(HttpResponse.Streaming response) throws IOException {
    var body = new ByteArrayOutputStream();
    response
        .writer()
        .writeTo(
            new BodySink() {
              @Override
              public void write(byte[] bytes) {
                body.writeBytes(bytes);
              }

              @Override
              public void flush() {}

              @Override
              public void onClose(Runnable action) {}
            });
    return body.toByteArray();
  }

  Answer post(String path, String json) {
    return call("POST", path, "application/json", json);
  }

  /// What a controller would make: no pod can be made without it.
  void addDefaultServiceAccount() {
    post(
        "/api/v1/namespaces/default/serviceaccounts",
        "{\"metadata\":{\"name\":\"default\"},\"automountServiceAccountToken\":false}");
  }

  Answer put(String path, String json) {
    return call("PUT", path, "application/json", json);
  }

  Answer patch(String path, String type, String json) {
    return call("PATCH", path, "application/" + type + "+json", json);
  }

  Answer delete(String path) {
    return call("DELETE", path, "", "");
  }

  Answer delete(String path, String options) {
    return call("DELETE", path, "application/json", options);
  }

  Answer call(String method, String target, String contentType, String body, String... headers) {
    HttpResponse response = raw(method, target, contentType, body, headers);
    byte[] bytes;
    try {
      bytes =
          switch (response) {
            case HttpResponse.Upgraded _ -> throw new AssertionError("an upgrade");
            case HttpResponse.Complete complete -> complete.body();
            case HttpResponse.Streaming streaming -> whole(streaming);
          };
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    try {
      return new Answer(response.status(), response.headers(), Json.parseObject(bytes));
    } catch (MalformedJsonException e) {
      var text = new String(bytes, StandardCharsets.UTF_8);
      return new Answer(response.status(), response.headers(), Json.object().put("text", text));
    }
  }

  HttpResponse raw(
      String method, String target, String contentType, String body, String... headers) {
    int mark = target.indexOf('?');
    String path = mark < 0 ? target : target.substring(0, mark);
    Query query = Query.parse(mark < 0 ? "" : target.substring(mark + 1));
    Headers all = Headers.of(headers);
    if (!contentType.isEmpty()) {
      all = all.with("content-type", contentType);
    }
    var request =
        new HttpRequest(
            method,
            path,
            query,
            all,
            RequestBody.of(body.getBytes(StandardCharsets.UTF_8)),
            Peer.IN_PROCESS);
    var context =
        new RequestContext(
            user,
            RequestInfo.parse(method, path, query),
            "test",
            annotations::put,
            Optional.empty());
    try {
      return server.handle(request, context);
    } catch (StatusException e) {
      Status status = e.status();
      return HttpResponse.of(status.code(), "application/json", Json.bytes(status.toJson()));
    }
  }

  /// A watch in progress.
  static final class Watching implements AutoCloseable {
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final List<Runnable> onClose = new ArrayList<>();
    private boolean left;
    private final Thread thread;

    private Watching(HttpResponse.Streaming response) {
      var pending = new StringBuilder();
      BodySink sink =
          new BodySink() {
            @Override
            public void write(byte[] bytes) {
              pending.append(new String(bytes, StandardCharsets.UTF_8));
              int end;
              while ((end = pending.indexOf("\n")) >= 0) {
                lines.add(pending.substring(0, end));
                pending.delete(0, end + 1);
              }
            }

            @Override
            public void flush() {}

            @Override
            public void onClose(Runnable action) {
              synchronized (onClose) {
                if (left) {
                  action.run();
                }
                onClose.add(action);
              }
            }
          };
      thread =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  response.writer().writeTo(sink);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    }

    /// The next event, as `TYPE name`, or as `TYPE` when it has no name.
    String next() throws Exception {
      ObjectNode event = nextEvent();
      String name = event.path("object").path("metadata").path("name").asText();
      return (event.path("type").asText() + " " + name).strip();
    }

    ObjectNode nextEvent() throws Exception {
      String line = lines.poll(10, TimeUnit.SECONDS);
      if (line == null) {
        throw new AssertionError("no event came");
      }
      return Json.parseObject(line.getBytes(StandardCharsets.UTF_8));
    }

    boolean ends() throws InterruptedException {
      return thread.join(Duration.ofSeconds(10));
    }

    /// What a client does that goes away.
    void leave() {
      synchronized (onClose) {
        left = true;
        onClose.forEach(Runnable::run);
      }
    }

    @Override
    public void close() {
      leave();
    }
  }

  Watching watch(String target, String... headers) {
    return new Watching((HttpResponse.Streaming) raw("GET", target, "", "", headers));
  }

  /// What is stored under a key.
  KeyValue stored(String key) {
    return store.range(RangeRequest.key(Bytes.utf8(key))).kvs().getFirst();
  }

  @Override
  public void close() {
    server.stop();
    store.close();
  }
}
