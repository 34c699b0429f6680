package io.croft.base.http;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// One request, as handed in by the gateway or by a caller in the same process.
///
/// @param method upper-case HTTP method
/// @param path the path as received, percent-encoded, without the query; starts with `/`
/// @param query the decoded query parameters
/// @param headers the request's headers
/// @param body the body, not yet read
/// @param peer who is at the other end of the connection
public record HttpRequest(
    String method, String path, Query query, Headers headers, RequestBody body, Peer peer) {
  /// Other forms of HTTP are none of them: nobody here would see the requests in those.
  private static final Set<String> UPGRADES = Set.of("websocket", "spdy/3.1");

  /// A request without a body, as a caller in this process makes it.
  public static HttpRequest of(String method, String path, Query query) {
    return new HttpRequest(method, path, query, Headers.EMPTY, RequestBody.EMPTY, Peer.IN_PROCESS);
  }

  public HttpRequest withBody(String contentType, byte[] bytes) {
    return new HttpRequest(
        method,
        path,
        query,
        headers.with("content-type", contentType),
        RequestBody.of(bytes),
        peer);
  }

  /// The same with another body.
  public HttpRequest withBody(RequestBody replacement) {
    return new HttpRequest(method, path, query, headers, replacement, peer);
  }

  public HttpRequest withHeaders(Headers replacement) {
    return new HttpRequest(method, path, query, replacement, body, peer);
  }

  /// What the client would rather speak on the connection (RFC 9110 section 7.8), if that is a
  /// protocol whose bytes may be passed on without being understood.
  public Optional<String> upgrade() {
    return headers
        .first("upgrade")
        .filter(protocol -> UPGRADES.contains(protocol.toLowerCase(Locale.ROOT)))
        .filter(_ -> headers.tokens("connection").contains("upgrade"));
  }

  /// Whether the client takes answers in gzip: a coding list such as `gzip;q=0.8, br` allows it
  /// (RFC 9110 section 12.5.3).
  public boolean acceptsGzip() {
    for (String field : headers.all("accept-encoding")) {
      for (String coding : field.split(",")) {
        String[] parts = coding.toLowerCase(Locale.ROOT).split(";", 2);
        if (parts[0].strip().equals("gzip")) {
          return parts.length == 1 || !parts[1].strip().matches("q=0(\\.0*)?");
        }
      }
    }
    return false;
  }
}
