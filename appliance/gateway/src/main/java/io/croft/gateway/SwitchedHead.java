package io.croft.gateway;

import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;

/// The head after which a connection carries bytes that are not ours to understand.
final class SwitchedHead extends DefaultHttpResponse {
  private final Conversing conversing;

  /// @param conversing takes the connection over
  SwitchedHead(HttpHeaders fields, Conversing conversing) {
    super(HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS, fields);
    this.conversing = conversing;
  }

  Conversing conversing() {
    return conversing;
  }
}
