package io.croft.gateway.proxy;

import io.croft.base.http.Headers;
import io.croft.base.http.HttpRequest;
import io.croft.gateway.routing.Filter;
import io.croft.gateway.routing.PathMatch;
import io.croft.security.RequestContext;
import io.croft.security.UserInfo;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// The head of a request as it goes to an upstream: without what concerns only the connection that
/// it came by, without anything by which a caller could pass for another, and with what the gateway
/// knows of the caller.
///
/// @param bodyBytes how long the body is; -1 when that is not known
/// @param upgrade what the connection is to be used for afterwards; empty for HTTP
record OutgoingHead(
    String method, String target, String host, Headers headers, long bodyBytes, String upgrade) {
  /// About one connection (RFC 9110 section 7.6.1), or set here.
  private static final Set<String> DROPPED =
      Set.of(
          "connection",
          "content-length",
          "expect",
          "forwarded",
          "host",
          "http2-settings",
          "keep-alive",
          "proxy-authenticate",
          "proxy-authorization",
          "proxy-connection",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade",
          "via",
          "x-real-ip",
          // By these some servers take another path or method than the one that was judged.
          "x-http-method",
          "x-http-method-override",
          "x-method-override",
          "x-original-url",
          "x-rewrite-url");

  /// What only a proxy has a say in.
  private static final List<String> DROPPED_PREFIXES =
      List.of("x-forwarded-", "x-remote-", "impersonate-", "ssl-client-", "x-ssl-client-");

  /// @param via what this gateway calls itself in `Via`
  static OutgoingHead of(
      HttpRequest request,
      RequestContext context,
      List<Filter> filters,
      PathMatch match,
      String via) {
    String path = request.path();
    String host = request.headers().first("host").orElse("");
    Headers headers = passedOn(request.headers());
    for (Filter filter : filters) {
      switch (filter) {
        case Filter.RequestHeaders(var edits) -> headers = edits.apply(headers);
        case Filter.Rewrite(var hostname, var change) -> {
          host = hostname == null ? host : hostname;
          path = change == null ? path : change.apply(path, match);
        }
        case Filter.ResponseHeaders _, Filter.Redirect _, Filter.Mirror _ -> {}
      }
    }
    String query = request.query().raw();
    return new OutgoingHead(
        request.method(),
        query.isEmpty() ? path : path + "?" + query,
        host,
        vouched(headers, request, context.user(), via(request, via)),
        request.body().declaredBytes(),
        request.upgrade().orElse(""));
  }

  private static String via(HttpRequest request, String own) {
    List<String> before = request.headers().all("via");
    String last = "1.1 " + own;
    return before.isEmpty() ? last : String.join(", ", before) + ", " + last;
  }

  private static Headers passedOn(Headers headers) {
    Set<String> named = headers.tokens("connection");
    boolean trailers = headers.tokens("te").contains("trailers");
    Headers kept = headers.without(name -> isLikeDropped(name) || named.contains(name));
    return trailers ? kept.with("te", "trailers") : kept;
  }

  /// Some servers do not tell `x_remote_user` from `x-remote-user`.
  private static boolean isLikeDropped(String name) {
    return isDropped(name.indexOf('_') < 0 ? name : name.replace('_', '-'));
  }

  private static boolean isDropped(String name) {
    if (DROPPED.contains(name)) {
      return true;
    }
    for (String prefix : DROPPED_PREFIXES) {
      if (name.startsWith(prefix)) {
        return true;
      }
    }
    return false;
  }

  private static Headers vouched(Headers headers, HttpRequest request, UserInfo user, String via) {
    var known = new ArrayList<String>();
    add(known, "x-forwarded-for", request.peer().address());
    add(known, "x-forwarded-proto", "https");
    add(known, "x-forwarded-host", request.headers().first("host").orElse(""));
    add(known, "x-remote-user", encoded(user.name()));
    if (!user.uid().isEmpty()) {
      add(known, "x-remote-uid", encoded(user.uid()));
    }
    user.groups().forEach(group -> add(known, "x-remote-group", encoded(group)));
    user.extra()
        .forEach((key, values) -> {
          String name = "x-remote-extra-" + escaped(key.toLowerCase(Locale.ROOT));
          values.forEach(value -> add(known, name, encoded(value)));
        });
    add(known, "via", via);
    // A filter must not vouch for anybody either.
    return headers
        .without(name -> isLikeDropped(name) && !name.equals("te"))
        .withAll(known.toArray(String[]::new));
  }

  private static void add(List<String> fields, String name, String value) {
    fields.add(name);
    fields.add(value);
  }

  /// Names are what an issuer says that they are; a field holds printable ASCII and no line ends.
  private static String encoded(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < ' ' || text.charAt(i) >= 0x7f) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
      }
    }
    return text;
  }

  /// As the name of a field.
  private static String escaped(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '-' && c != '_') {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
      }
    }
    return text;
  }

  boolean asksForUpgrade() {
    return !upgrade.isEmpty();
  }

  boolean hasBody() {
    return bodyBytes != 0;
  }

  /// As HTTP/1.1 has it; what makes HTTP/2 of it knows what to leave out.
  io.netty.handler.codec.http.HttpRequest message() {
    var message =
        hasBody()
            ? new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.valueOf(method), target)
            : new DefaultFullHttpRequest(
                HttpVersion.HTTP_1_1, HttpMethod.valueOf(method), target, Unpooled.EMPTY_BUFFER);
    var fields = message.headers();
    fields.set(HttpHeaderNames.HOST, host);
    headers.forEach(fields::add);
    if (bodyBytes > 0) {
      fields.set(HttpHeaderNames.CONTENT_LENGTH, bodyBytes);
    } else if (bodyBytes < 0) {
      fields.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
    } else if (method.equals("POST") || method.equals("PUT") || method.equals("PATCH")) {
      fields.set(HttpHeaderNames.CONTENT_LENGTH, 0);
    }
    if (asksForUpgrade()) {
      fields
          .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE)
          .set(HttpHeaderNames.UPGRADE, upgrade);
    }
    return message;
  }
}
