package io.croft.gateway;

import static io.netty.handler.codec.http.HttpHeaderNames.CONNECTION;
import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_LENGTH;
import static io.netty.handler.codec.http.HttpHeaderNames.DATE;
import static io.netty.handler.codec.http.HttpHeaderNames.TRANSFER_ENCODING;
import static io.netty.handler.codec.http.HttpHeaderNames.UPGRADE;

import io.croft.base.http.HttpResponse;
import io.croft.base.http.HttpResponse.Complete;
import io.croft.base.http.HttpResponse.Streaming;
import io.croft.base.http.HttpResponse.Upgraded;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Writes one response as HTTP messages, the same for both protocols: the HTTP/2 codec leaves out
/// the fields that only HTTP/1.1 knows. For the request's thread alone.
final class ResponseWriter {
  /// Fields about this connection, which are the gateway's to set (RFC 9110 section 7.6.1).
  private static final Set<String> HOP_BY_HOP =
      Set.of("connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade");

  /// RFC 9110 section 5.6.7; the JDK's RFC 1123 format leaves the day's leading zero out.
  private static final DateTimeFormatter HTTP_DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM uuuu HH:mm:ss 'GMT'", Locale.US)
          .withZone(ZoneOffset.UTC);

  private final PacedWriter out;
  private final HttpRequest request;
  private final boolean persistent;
  private final CloseSignal closed;
  private final CloseSignal gone;

  /// @param persistent whether the connection stays open afterwards
  /// @param closed fires when the receiver is gone, or the gateway drains
  /// @param gone fires when the receiver is gone
  ResponseWriter(
      PacedWriter out,
      HttpRequest request,
      boolean persistent,
      CloseSignal closed,
      CloseSignal gone) {
    this.out = out;
    this.request = request;
    this.persistent = persistent;
    this.closed = closed;
    this.gone = gone;
  }

  void write(HttpResponse response) throws IOException {
    switch (response) {
      case Complete complete -> writeComplete(complete);
      case Streaming streaming -> abandonedUnless(streaming, () -> beginStreaming(streaming));
      case Upgraded upgraded -> {
        upgraded.abandon();
        throw new IOException("the connection cannot be upgraded");
      }
    }
  }

  /// What comes before a streamed body.
  @FunctionalInterface
  private interface Beginning {
    /// @return whether the body follows
    boolean write() throws IOException;
  }

  /// Writes a streamed body, or has its writer know that nobody wants it.
  private void abandonedUnless(Streaming response, Beginning beginning) throws IOException {
    boolean begun = false;
    try {
      begun = beginning.write();
    } finally {
      if (!begun) {
        response.abandon();
      }
    }
    if (begun) {
      writeBody(response);
    }
  }

  /// A response as one message, if it is short enough for one piece.
  private @Nullable FullHttpResponse whole(Complete response) {
    byte[] body = response.body();
    boolean bodiless = isHead() || !allowsBody(response);
    if (!bodiless && body.length > StreamedBody.MAX_PIECE_BYTES) {
      return null;
    }
    HttpHeaders fields = fields(response);
    // To HEAD the handler may know the length of what it did not produce.
    if (allowsBody(response) && (!isHead() || body.length > 0)) {
      fields.set(CONTENT_LENGTH, body.length);
    }
    return message(
        response, fields, bodiless ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(body));
  }

  private void writeComplete(Complete response) throws IOException {
    FullHttpResponse whole = whole(response);
    if (whole != null) {
      send(whole);
      return;
    }
    HttpHeaders fields = fields(response);
    fields.set(CONTENT_LENGTH, response.body().length);
    writeHead(response, fields);
    ByteBuf body = Unpooled.wrappedBuffer(response.body());
    while (body.isReadable()) {
      int count = Math.min(body.readableBytes(), StreamedBody.MAX_PIECE_BYTES);
      send(new DefaultHttpContent(body.readRetainedSlice(count)));
    }
    send(LastHttpContent.EMPTY_LAST_CONTENT);
  }

  private boolean beginStreaming(Streaming response) throws IOException {
    HttpHeaders fields = fields(response);
    if (isHead() || !allowsBody(response)) {
      send(message(response, fields, Unpooled.EMPTY_BUFFER));
      return false;
    }
    // To an HTTP/1.0 client the end of the connection is the end of the body.
    if (!fields.contains(CONTENT_LENGTH)
        && request.protocolVersion().equals(HttpVersion.HTTP_1_1)) {
      fields.set(TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
    }
    writeHead(response, fields);
    return true;
  }

  /// Accepts a WebSocket handshake; the connection makes messages of the body.
  void writeUpgraded(Streaming response) throws IOException {
    abandonedUnless(response, () -> upgrade(response));
  }

  private boolean upgrade(Streaming response) throws IOException {
    HttpHeaders fields = fields(response);
    WebSocketHandshake.accept(request, fields);
    send(
        new DefaultHttpResponse(
            HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS, fields));
    return true;
  }

  /// Accepts any other change of protocol; bytes follow in both directions.
  void writeSwitched(Upgraded response, Conversing conversing) throws IOException {
    HttpHeaders fields = fields(response);
    fields.set(CONNECTION, HttpHeaderValues.UPGRADE);
    response.headers().first("upgrade").ifPresent(protocol -> fields.set(UPGRADE, protocol));
    boolean begun = false;
    try {
      send(new SwitchedHead(fields, conversing));
      out.awaitTaken();
      begun = true;
    } finally {
      if (!begun) {
        response.abandon();
      }
    }
    var body = new StreamedBody(out, closed, gone);
    response.conversation().hold(conversing.input(), body);
    body.end();
  }

  private void send(HttpObject piece) throws IOException {
    out.add(piece);
    out.send();
  }

  private void writeBody(Streaming response) throws IOException {
    var body = new StreamedBody(out, closed, gone);
    response.writer().writeTo(body);
    body.end();
  }

  private void writeHead(HttpResponse response, HttpHeaders fields) throws IOException {
    send(new DefaultHttpResponse(HttpVersion.HTTP_1_1, status(response), fields));
  }

  private static FullHttpResponse message(HttpResponse response, HttpHeaders fields, ByteBuf body) {
    return new DefaultFullHttpResponse(
        HttpVersion.HTTP_1_1, status(response), body, fields, EmptyHttpHeaders.INSTANCE);
  }

  private HttpHeaders fields(HttpResponse response) {
    var fields = new DefaultHttpHeaders();
    response
        .headers()
        .forEach((name, value) -> {
          if (!HOP_BY_HOP.contains(name)) {
            fields.add(name, value);
          }
        });
    if (!fields.contains(DATE)) {
      fields.set(DATE, now());
    }
    if (!persistent) {
      fields.set(CONNECTION, HttpHeaderValues.CLOSE);
    }
    if (response.status() == 426) {
      WebSocketHandshake.require(fields);
    }
    return fields;
  }

  /// A moment of one second as text.
  private record Second(long epochSecond, String text) {}

  private static volatile Second latest = new Second(-1, "");

  /// Many answers are of the same second.
  private static String now() {
    Instant now = Instant.now();
    Second known = latest;
    if (known.epochSecond() != now.getEpochSecond()) {
      known = new Second(now.getEpochSecond(), HTTP_DATE.format(now));
      latest = known;
    }
    return known.text();
  }

  private boolean isHead() {
    return request.method().equals(HttpMethod.HEAD);
  }

  private static boolean allowsBody(HttpResponse response) {
    return response.status() != 204 && response.status() != 304;
  }

  private static HttpResponseStatus status(HttpResponse response) {
    return HttpResponseStatus.valueOf(response.status());
  }
}
