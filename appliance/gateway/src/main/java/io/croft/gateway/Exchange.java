package io.croft.gateway;

import io.croft.base.http.HttpResponse;
import io.croft.base.http.HttpResponse.Streaming;
import io.croft.base.http.HttpResponse.Upgraded;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One request and its response, on either protocol. Unless said otherwise callable from any
/// thread.
final class Exchange {
  private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

  /// An unread body up to this length is read and thrown away to keep the connection.
  private static final int MAX_DRAINED_BYTES = 256 << 10;

  private final Carrier carrier;
  private final HttpRequest head;
  private final IncomingBody body;
  private final GatewayTimeouts timeouts;
  private final CloseSignal closed = new CloseSignal();
  private final CloseSignal clientGone = new CloseSignal();
  private volatile boolean persistent;

  Exchange(Carrier carrier, HttpRequest head, GatewayTimeouts timeouts) {
    this.carrier = carrier;
    this.head = head;
    this.timeouts = timeouts;
    this.persistent =
        wellFormed()
            && head.protocolVersion().equals(HttpVersion.HTTP_1_1)
            && HttpUtil.isKeepAlive(head);
    this.body =
        new IncomingBody(
            carrier.channel(),
            wellFormed() ? declaredBytes(head) : 0,
            wellFormed() && HttpUtil.is100ContinueExpected(head),
            timeouts.body(),
            clientGone);
  }

  private static long declaredBytes(HttpRequest head) {
    // A request without either field has no body (RFC 9112 section 6.3).
    long otherwise = HttpUtil.isTransferEncodingChunked(head) ? -1 : 0;
    return HttpUtil.getContentLength(head, otherwise);
  }

  /// Whether the head could be decoded.
  boolean wellFormed() {
    return head.decoderResult().isSuccess();
  }

  /// Where the client is, as text.
  String remoteAddress() {
    return String.valueOf(carrier.channel().remoteAddress());
  }

  HttpRequest head() {
    return head;
  }

  IncomingBody body() {
    return body;
  }

  /// Whether an HTTP/1.1 connection can carry another request after this one.
  boolean persistent() {
    return persistent;
  }

  /// Whether the client would rather have a streamed response as a WebSocket.
  boolean asksForWebSocket() {
    return carrier.upgradable() && wellFormed() && WebSocketHandshake.askedFor(head);
  }

  /// Whether the client can be answered by a change of protocol, and asked for one.
  private boolean upgradable() {
    return carrier.upgradable()
        && wellFormed()
        && head.protocolVersion().equals(HttpVersion.HTTP_1_1)
        && head.headers().contains(HttpHeaderNames.UPGRADE);
  }

  void forbidReuse() {
    persistent = false;
  }

  /// The client is gone. On the event loop.
  void gone() {
    body.fail(new ClosedChannelException());
    clientGone.fire();
    closed.fire();
  }

  /// Asks a streamed response to come to its end.
  void drain() {
    persistent = false;
    closed.fire();
  }

  /// Cuts the exchange.
  void abort() {
    carrier.abort();
  }

  /// Sends the response. Returns when all of it has been handed to the event loop: its last two
  /// batches may not have been taken yet. On the request's thread.
  ///
  /// @param over run once, on any thread, when all has been taken, or the exchange has been cut;
  ///   not run when this throws
  /// @throws IOException when the receiver is gone, stalls, or the body cannot be produced
  void respond(HttpResponse response, Runnable over) throws IOException {
    Streaming messages = asksForWebSocket() ? streamed(response) : null;
    if (messages != null || !body.worthDraining(MAX_DRAINED_BYTES)) {
      persistent = false;
    }
    boolean switches = response instanceof Upgraded && upgradable();
    if (switches) {
      persistent = false;
    }
    var out = new PacedWriter(carrier.channel(), timeouts.stall());
    var writer = new ResponseWriter(out, head, persistent || switches, closed, clientGone);
    try {
      if (switches) {
        writer.writeSwitched((Upgraded) response, new Conversing(carrier.channel()));
      } else if (messages != null) {
        writer.writeUpgraded(messages);
      } else {
        writer.write(response);
      }
    } finally {
      out.discard();
    }
    out.whenTaken(failure -> end(failure, over));
  }

  private void end(@Nullable Throwable failure, Runnable over) {
    if (failure == null) {
      carrier.responded();
    } else {
      LOG.debug("the response could not be sent", failure);
      carrier.abort();
    }
    over.run();
  }

  private static @Nullable Streaming streamed(HttpResponse response) {
    return response instanceof Streaming streaming && streaming.status() == 200 ? streaming : null;
  }
}
