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
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// The head of a request as it goes to an upstream: without what concerns only the connection that
/// it came by, without anything by which a caller could pass for another, and with what the gateway
/// knows of the caller.
///
/// @param bodyBytes how long the body is; -1 when that is not known
/// @param upgrade whether the connection is to change its protocol
record OutgoingHead(
    String method, String target, String host, Headers headers, long bodyBytes, boolean upgrade) {
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

  /// What connections may change to.
  private static final Set<String> UPGRADES = Set.of("websocket", "spdy/3.1");

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
        vouched(headers, request, context.user()).with("via", via(request, via)),
        request.body().declaredBytes(),
        asksForUpgrade(request));
  }

  private static String via(HttpRequest request, String own) {
    var all = new ArrayList<>(request.headers().all("via"));
    all.add("1.1 " + own);
    return String.join(", ", all);
  }

  /// Whether the client would rather speak something else, and may: not HTTP in another way, whose
  /// requests nobody here would see.
  static boolean asksForUpgrade(HttpRequest request) {
    return request
            .headers()
            .first("upgrade")
            .filter(protocol -> UPGRADES.contains(protocol.toLowerCase(Locale.ROOT)))
            .isPresent()
        && tokens(request.headers().all("connection")).contains("upgrade");
  }

  private static Set<String> tokens(List<String> fields) {
    var tokens = new HashSet<String>();
    for (String field : fields) {
      Arrays.stream(field.toLowerCase(Locale.ROOT).split(","))
          .map(String::strip)
          .forEach(tokens::add);
    }
    return tokens;
  }

  private static Headers passedOn(Headers headers) {
    Set<String> named = tokens(headers.all("connection"));
    boolean trailers = tokens(headers.all("te")).contains("trailers");
    Headers kept =
        headers.without(name ->
            DROPPED.contains(name)
                || named.contains(name)
                || DROPPED_PREFIXES.stream().anyMatch(name::startsWith)
                || (name.indexOf('_') >= 0 && isLikeDropped(name)));
    return trailers ? kept.with("te", "trailers") : kept;
  }

  /// Some servers do not tell `x_remote_user` from `x-remote-user`.
  private static boolean isLikeDropped(String name) {
    String dashed = name.replace('_', '-');
    return DROPPED.contains(dashed) || DROPPED_PREFIXES.stream().anyMatch(dashed::startsWith);
  }

  private static Headers vouched(Headers headers, HttpRequest request, UserInfo user) {
    // A filter must not vouch for anybody either.
    Headers all =
        headers
            .without(name -> isLikeDropped(name) && !name.equals("te"))
            .with("x-forwarded-for", request.peer().address())
            .with("x-forwarded-proto", "https")
            .with("x-forwarded-host", request.headers().first("host").orElse(""))
            .with("x-remote-user", encoded(user.name()));
    if (!user.uid().isEmpty()) {
      all = all.with("x-remote-uid", encoded(user.uid()));
    }
    for (String group : user.groups()) {
      all = all.with("x-remote-group", encoded(group));
    }
    for (var extra : user.extra().entrySet()) {
      String name =
          "x-remote-extra-"
              + URLEncoder.encode(extra.getKey().toLowerCase(Locale.ROOT), StandardCharsets.UTF_8)
                  .replace("+", "%20");
      for (String value : extra.getValue()) {
        all = all.with(name, encoded(value));
      }
    }
    return all;
  }

  /// Names are what an issuer says that they are; a field holds printable ASCII and no line ends.
  private static String encoded(String text) {
    boolean plain = text.chars().allMatch(c -> c >= ' ' && c < 0x7f);
    return plain ? text : URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
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
    return message;
  }

  /// The same, asking for another protocol.
  io.netty.handler.codec.http.HttpRequest message(String protocol) {
    var message = message();
    message
        .headers()
        .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE)
        .set(HttpHeaderNames.UPGRADE, protocol);
    return message;
  }
}
