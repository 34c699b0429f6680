package io.croft.gateway.proxy;

import io.croft.base.http.Headers;

/// What comes from an upstream, one by one.
sealed interface Arrival {
  /// @param reusable whether the connection stays open for another request
  record Head(int status, Headers headers, boolean reusable) implements Arrival {}

  @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
  record Data(byte[] bytes) implements Arrival {}

  /// Of an answer.
  record End(Headers trailers) implements Arrival {}

  /// Of a connection that has been upgraded.
  record Closed() implements Arrival {}
}
