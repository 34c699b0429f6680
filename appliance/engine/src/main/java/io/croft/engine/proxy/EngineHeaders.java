package io.croft.engine.proxy;

import io.croft.base.http.Headers;
import io.croft.base.http.HttpRequest;
import io.croft.security.UserInfo;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;

/// Which header fields go to an engine, and which come back. Who asks stands in `X-Remote-User` and
/// the like, and nobody but the gateway says so.
final class EngineHeaders {
  /// About one connection (RFC 9110 section 7.6.1), or set by the client.
  private static final Set<String> OF_THE_CONNECTION =
      Set.of(
          "connection",
          "content-length",
          "expect",
          "host",
          "http2-settings",
          "keep-alive",
          "proxy-authenticate",
          "proxy-authorization",
          "proxy-connection",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade");

  /// Said by the gateway alone.
  private static final Set<String> OF_THE_GATEWAY =
      Set.of("authorization", "cookie", "accept-encoding", "x-forwarded-for", "x-real-ip");

  private EngineHeaders() {}

  /// Of a request that a user sends.
  static Headers of(HttpRequest request, UserInfo user) {
    Headers headers =
        request
            .headers()
            .without(name ->
                OF_THE_CONNECTION.contains(name)
                    || OF_THE_GATEWAY.contains(name)
                    || name.startsWith(":")
                    || name.startsWith("x-remote-")
                    || name.startsWith("impersonate-"))
            .with("X-Remote-User", user.name());
    if (!user.uid().isEmpty()) {
      headers = headers.with("X-Remote-Uid", user.uid());
    }
    for (String group : user.groups()) {
      headers = headers.with("X-Remote-Group", group);
    }
    for (var extra : user.extra().entrySet()) {
      // Names of headers are told apart without case, and may hold few characters.
      String key = extra.getKey().toLowerCase(Locale.ROOT);
      String name = URLEncoder.encode(key, StandardCharsets.UTF_8).replace("+", "%20");
      for (String value : extra.getValue()) {
        headers = headers.with("X-Remote-Extra-" + name, value);
      }
    }
    return headers.with("X-Forwarded-For", request.peer().address());
  }

  /// Whether a field of an answer goes on to the client. Our own record has its own number.
  static boolean comesBack(String name) {
    return !name.startsWith(":") && !OF_THE_CONNECTION.contains(name) && !name.equals("audit-id");
  }
}
