package io.croft.apiserver;

import io.croft.base.http.Headers;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.Peer;
import io.croft.base.http.Query;
import io.croft.base.http.RequestBody;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/// A request as a client might send it, before anything has looked at it.
///
/// @param query as it stands after `?`
/// @param headers name, value, name, value, …
record FuzzRequest(String method, String path, String query, List<String> headers, Body body) {
  /// Bytes with the equality of their contents.
  @SuppressWarnings("ArrayRecordComponent") // compared by contents, as below
  record Body(byte[] bytes) {
    static final Body NONE = new Body(new byte[0]);

    static Body of(String text) {
      return new Body(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Body that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
      String text = new String(bytes, StandardCharsets.UTF_8);
      return text.length() > 2000 ? text.substring(0, 2000) + "…" : text;
    }
  }

  FuzzRequest(String method, String path, String query, List<String> headers, Body body) {
    this.method = method;
    this.path = path;
    this.query = query;
    this.headers = List.copyOf(headers);
    this.body = body;
  }

  static FuzzRequest of(String method, String target, String contentType, String body) {
    int mark = target.indexOf('?');
    return new FuzzRequest(
        method,
        mark < 0 ? target : target.substring(0, mark),
        mark < 0 ? "" : target.substring(mark + 1),
        contentType.isEmpty() ? List.of() : List.of("content-type", contentType),
        Body.of(body));
  }

  FuzzRequest withMethod(String other) {
    return new FuzzRequest(other, path, query, headers, body);
  }

  FuzzRequest withPath(String other) {
    return new FuzzRequest(method, other, query, headers, body);
  }

  FuzzRequest withQuery(String other) {
    return new FuzzRequest(method, path, other, headers, body);
  }

  FuzzRequest withHeaders(List<String> other) {
    return new FuzzRequest(method, path, query, other, body);
  }

  FuzzRequest withBody(byte[] other) {
    return new FuzzRequest(method, path, query, headers, new Body(other));
  }

  /// @throws IllegalArgumentException where the gateway would refuse the query
  HttpRequest toHttp() {
    return new HttpRequest(
        method,
        path,
        Query.parse(query),
        Headers.of(headers.toArray(String[]::new)),
        RequestBody.of(body.bytes()),
        Peer.IN_PROCESS);
  }
}
