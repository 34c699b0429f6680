package io.croft.gateway;

import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequestDecoder;

/// Decodes HTTP/1.1 requests within the limits.
final class Http1Decoder extends HttpRequestDecoder {
  /// Method, version and the spaces between.
  private static final int LINE_OVERHEAD_BYTES = 64;

  Http1Decoder(GatewayLimits limits) {
    super(
        new HttpDecoderConfig()
            .setMaxInitialLineLength(limits.maxUriBytes() + LINE_OVERHEAD_BYTES)
            .setMaxHeaderSize(limits.maxHeaderBytes())
            .setUseRfc9112TransferEncoding(true));
  }

  /// A proxy in front might have believed the other field, and taken the rest of this body for a
  /// request of its own: refused (RFC 9112 section 6.1) instead of Netty's choice to ignore the
  /// length.
  @Override
  protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
    throw new IllegalArgumentException("both Transfer-Encoding and Content-Length");
  }
}
