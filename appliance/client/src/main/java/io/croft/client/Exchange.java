package io.croft.client;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.http.Headers;
import io.croft.base.http.HttpHandler;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.base.http.Peer;
import io.croft.base.http.Query;
import io.croft.base.http.RequestBody;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.model.Status;
import io.croft.model.StatusException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/// One request and its answer: JSON in, JSON out, and everything but 2xx a [StatusException].
final class Exchange {
  /// No list of a small site comes near; pages keep usual answers far below.
  private static final int MAX_ANSWER_BYTES = 256 << 20;

  /// Objects are limited to 3 MiB by the API server; JSON escapes may triple that.
  private static final int MAX_EVENT_BYTES = 16 << 20;

  private static final int MAX_MESSAGE_CHARS = 512;

  private final HttpHandler handler;
  private final Headers headers;
  private final Headers listHeaders;

  Exchange(HttpHandler handler, String userAgent, Form form) {
    this.handler = handler;
    this.headers = Headers.of("accept", form.object, "user-agent", userAgent);
    this.listHeaders = Headers.of("accept", form.list, "user-agent", userAgent);
  }

  /// The form in which objects are asked for.
  enum Form {
    WHOLE("application/json", "application/json"),
    METADATA(partial("PartialObjectMetadata"), partial("PartialObjectMetadataList"));

    private final String object;
    private final String list;

    Form(String object, String list) {
      this.object = object;
      this.list = list;
    }

    private static String partial(String kind) {
      return "application/json;as=" + kind + ";g=meta.k8s.io;v=v1";
    }
  }

  ObjectNode list(ResourcePath path, Query query) {
    return json(handler.handle(request("GET", path, query).withHeaders(listHeaders)));
  }

  ObjectNode call(String method, ResourcePath path, Query query) {
    return json(handler.handle(request(method, path, query)));
  }

  ObjectNode call(String method, ResourcePath path, Query query, String contentType, byte[] body) {
    return json(handler.handle(request(method, path, query).withBody(contentType, body)));
  }

  /// Receives a streamed answer line by line on the calling thread, until it ends or `stop` is
  /// stopped.
  ///
  /// @throws UncheckedIOException when the connection breaks
  void stream(ResourcePath path, Query query, StopSignal stop, LineSink.LineReceiver receiver) {
    var sink = new LineSink(MAX_EVENT_BYTES, receiver);
    HttpResponse response = handler.handle(request("GET", path, query));
    try (var _ = stop.onStop(sink::close)) {
      switch (response) {
        case HttpResponse.Streaming streaming when success(response) ->
            streaming.writer().writeTo(sink);
        case HttpResponse.Complete complete when success(response) -> sink.write(complete.body());
        case HttpResponse.Streaming _, HttpResponse.Complete _, HttpResponse.Upgraded _ ->
            throw refusal(response);
      }
    } catch (IOException e) {
      if (!stop.stopped()) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private HttpRequest request(String method, ResourcePath path, Query query) {
    return new HttpRequest(
        method, path.encode(), query, headers, RequestBody.EMPTY, Peer.IN_PROCESS);
  }

  private static ObjectNode json(HttpResponse response) {
    if (!success(response)) {
      throw refusal(response);
    }
    try {
      return Json.parseObject(body(response));
    } catch (MalformedJsonException e) {
      throw new UncheckedIOException(new IOException("malformed answer: " + e.getMessage(), e));
    }
  }

  private static StatusException refusal(HttpResponse response) {
    byte[] body = body(response);
    try {
      ObjectNode json = Json.parseObject(body);
      if (json.path("kind").asText().equals("Status")) {
        return new StatusException(Status.parse(json));
      }
    } catch (MalformedJsonException e) {
      // Not from an API server but from something before it; its text is all there is to tell.
    }
    String text = new String(body, StandardCharsets.UTF_8).strip();
    String message = text.substring(0, Math.min(text.length(), MAX_MESSAGE_CHARS));
    return new StatusException(
        new Status(
            false,
            response.status(),
            "",
            "HTTP status " + response.status() + ": " + message,
            null));
  }

  private static boolean success(HttpResponse response) {
    return response.status() >= 200 && response.status() < 300;
  }

  private static byte[] body(HttpResponse response) {
    return switch (response) {
      case HttpResponse.Complete complete -> complete.body();
      case HttpResponse.Streaming streaming -> gather(streaming);
      case HttpResponse.Upgraded upgraded -> {
        upgraded.abandon();
        yield new byte[0];
      }
    };
  }

  private static byte[] gather(HttpResponse.Streaming response) {
    var sink = new BufferSink(MAX_ANSWER_BYTES);
    try {
      response.writer().writeTo(sink);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return sink.bytes();
  }
}
