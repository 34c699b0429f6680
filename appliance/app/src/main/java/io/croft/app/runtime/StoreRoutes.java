package io.croft.app.runtime;

import io.croft.base.http.Headers;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.model.Json;
import io.croft.model.Statuses;
import io.croft.security.AuthorizedHandler;
import io.croft.security.RequestContext;
import io.croft.store.Bytes;
import io.croft.store.Store;
import io.croft.store.StoreException;
import io.croft.store.embedded.EmbeddedStore;
import io.croft.store.transfer.Export;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.function.Supplier;

/// The store of a running appliance, for `croft store`. These are non-resource URLs, which nobody
/// but administrators may use unless a role grants them:
///
/// | request | answer |
/// |---|---|
/// | `GET /croft/v1/store/snapshot` | a snapshot, as it is written |
/// | `GET /croft/v1/store/export?prefix=` | an export, as it is written |
/// | `POST /croft/v1/store/compact?revision=` | `{"revision": …}`, once it is done |
final class StoreRoutes implements AuthorizedHandler {
  private static final String PREFIX = "/croft/v1/store/";
  private static final int BUFFER = 1 << 16;

  private final Supplier<EmbeddedStore> store;
  private final AuthorizedHandler others;
  private final InstantSource clock;

  /// @param store asked at each request
  /// @param others answers requests for anything else
  StoreRoutes(Supplier<EmbeddedStore> store, AuthorizedHandler others, InstantSource clock) {
    this.store = store;
    this.others = others;
    this.clock = clock;
  }

  @Override
  public HttpResponse handle(HttpRequest request, RequestContext context) {
    String path = context.info().path();
    if (!path.startsWith(PREFIX)) {
      return others.handle(request, context);
    }
    return switch (request.method() + " " + path.substring(PREFIX.length())) {
      case "GET snapshot" -> snapshot(store.get());
      case "GET export" -> export(request);
      case "POST compact" -> compact(request);
      default -> throw Statuses.noSuchResource();
    };
  }

  @FunctionalInterface
  private interface Writing {
    void write(EmbeddedStore store, OutputStream to) throws IOException;
  }

  /// As it is written.
  static HttpResponse snapshot(EmbeddedStore store) {
    return streamed("application/octet-stream", store, EmbeddedStore::snapshot);
  }

  private static HttpResponse streamed(String contentType, EmbeddedStore opened, Writing writing) {
    return new HttpResponse.Streaming(
        200,
        Headers.of("content-type", contentType),
        sink -> {
          try (var out = new BufferedOutputStream(new SinkStream(sink), BUFFER)) {
            writing.write(opened, out);
          }
        });
  }

  private HttpResponse export(HttpRequest request) {
    Bytes prefix = Bytes.utf8(request.query().first("prefix").orElse(""));
    return streamed(
        "application/jsonl",
        store.get(),
        (opened, to) -> Export.write(opened, prefix, clock.instant(), to));
  }

  private HttpResponse compact(HttpRequest request) {
    Store opened = store.get();
    long revision =
        request.query().first("revision").map(StoreRoutes::revision).orElseGet(opened::revision);
    try {
      if (request.query().first("revision").isPresent() || opened.compactedRevision() < revision) {
        opened.compact(revision);
      }
    } catch (StoreException.Compacted | StoreException.FutureRevision e) {
      throw Statuses.badRequest("revision: " + e.getMessage());
    }
    return HttpResponse.of(
        200, "application/json", Json.bytes(Json.object().put("revision", revision)));
  }

  /// @throws io.croft.model.StatusException 400 for what is none
  static long revision(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw Statuses.badRequest("revision: \"" + text + "\" is not a number");
    }
  }

  /// A body as a stream.
  private static final class SinkStream extends OutputStream {
    private final HttpResponse.BodySink sink;

    SinkStream(HttpResponse.BodySink sink) {
      this.sink = sink;
    }

    @Override
    public void write(int b) throws IOException {
      sink.write(new byte[] {(byte) b});
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      sink.write(Arrays.copyOfRange(bytes, offset, offset + length));
    }

    @Override
    public void flush() throws IOException {
      sink.flush();
    }
  }
}
