package io.croft.gateway;

import io.croft.base.http.Headers;
import io.croft.base.http.Peer;
import io.croft.model.Status;
import io.croft.model.StatusException;
import io.croft.model.Statuses;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.handler.codec.http2.HttpConversionUtil.ExtensionHeaderNames;
import java.util.ArrayList;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Turns a decoded head into the request that handlers see, and refuses what is not well-formed.
final class RequestHead {
  /// Fields that Netty's HTTP/2 codec adds for its own use.
  private static final Set<String> CODEC_FIELDS =
      Stream.of(ExtensionHeaderNames.values())
          .map(name -> name.text().toString())
          .collect(Collectors.toUnmodifiableSet());

  private RequestHead() {}

  /// @throws StatusException when the head is malformed or over a limit
  static io.croft.base.http.HttpRequest read(Exchange exchange, Peer peer, GatewayLimits limits) {
    HttpRequest head = exchange.head();
    if (!exchange.wellFormed()) {
      throw undecodable(head.decoderResult().cause(), limits);
    }
    checkVersion(head);
    checkExpectation(head);
    checkHost(head);
    if (exchange.asksForWebSocket()) {
      WebSocketHandshake.check(head, exchange.body());
    }
    RequestTarget target = target(head.uri(), limits);
    return new io.croft.base.http.HttpRequest(
        method(head), target.path(), target.query(), headers(head), exchange.body(), peer);
  }

  private static StatusException undecodable(Throwable cause, GatewayLimits limits) {
    return switch (cause) {
      case TooLongHttpLineException _ -> uriTooLong(limits);
      case TooLongHttpHeaderException _ ->
          refusal(
              431,
              "RequestHeaderFieldsTooLarge",
              "the header fields are longer than " + limits.maxHeaderBytes() + " bytes");
      default -> Statuses.badRequest("malformed HTTP request: " + cause.getMessage());
    };
  }

  private static StatusException uriTooLong(GatewayLimits limits) {
    return refusal(
        414,
        "RequestURITooLong",
        "the request target is longer than " + limits.maxUriBytes() + " bytes");
  }

  private static StatusException refusal(int code, String reason, String message) {
    return new StatusException(new Status(false, code, reason, message, null));
  }

  private static void checkVersion(HttpRequest head) {
    HttpVersion version = head.protocolVersion();
    if (version.equals(HttpVersion.HTTP_1_0)) {
      if (head.headers().contains(HttpHeaderNames.TRANSFER_ENCODING)) {
        throw Statuses.badRequest("malformed HTTP request: Transfer-Encoding in HTTP/1.0");
      }
    } else if (!version.equals(HttpVersion.HTTP_1_1)) {
      throw refusal(505, "HTTPVersionNotSupported", version + " is not supported; use HTTP/1.1");
    }
  }

  private static void checkExpectation(HttpRequest head) {
    String expectation = head.headers().get(HttpHeaderNames.EXPECT);
    if (expectation != null && !HttpHeaderValues.CONTINUE.contentEqualsIgnoreCase(expectation)) {
      throw refusal(417, "ExpectationFailed", "only 'Expect: 100-continue' is supported");
    }
  }

  /// RFC 9112 section 3.2: exactly one, so that no two readers disagree about it.
  private static void checkHost(HttpRequest head) {
    int hosts = head.headers().getAll(HttpHeaderNames.HOST).size();
    if (hosts > 1 || (hosts == 0 && head.protocolVersion().equals(HttpVersion.HTTP_1_1))) {
      throw Statuses.badRequest(
          "malformed HTTP request: it has " + hosts + " Host fields, not one");
    }
  }

  private static String method(HttpRequest head) {
    String method = head.method().name();
    if (!method.chars().allMatch(c -> (c >= 'A' && c <= 'Z') || c == '-')) {
      throw Statuses.badRequest("malformed HTTP request: the method is not in upper-case letters");
    }
    return method;
  }

  private static RequestTarget target(String uri, GatewayLimits limits) {
    if (uri.length() > limits.maxUriBytes()) {
      throw uriTooLong(limits);
    }
    try {
      return RequestTarget.parse(uri);
    } catch (IllegalArgumentException e) {
      throw Statuses.badRequest("malformed request target: " + e.getMessage());
    }
  }

  private static Headers headers(HttpRequest head) {
    var fields = new ArrayList<String>(head.headers().size() * 2);
    for (Map.Entry<String, String> field : head.headers()) {
      String name = field.getKey().toLowerCase(Locale.ROOT);
      if (!CODEC_FIELDS.contains(name)) {
        fields.add(name);
        fields.add(field.getValue());
      }
    }
    return Headers.of(fields.toArray(String[]::new));
  }
}
