package io.croft.gateway;

import io.croft.base.http.Headers;
import io.croft.base.http.Peer;
import io.croft.model.Status;
import io.croft.model.StatusException;
import io.croft.model.Statuses;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.handler.codec.http2.HttpConversionUtil.ExtensionHeaderNames;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Turns a decoded head into the request that handlers see, and refuses what is not well-formed.
final class RequestHead {
  /// Fields that Netty's HTTP/2 codec adds for its own use.
  private static final Set<String> CODEC_FIELDS =
      Stream.of(ExtensionHeaderNames.values())
          .map(name -> name.text().toString())
          .collect(Collectors.toUnmodifiableSet());

  /// A name, or an address of either kind, and perhaps a port.
  private static final Pattern HOST =
      Pattern.compile(
          "(?:[A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+(?:%[A-Za-z0-9._-]+)?])(?::([0-9]{0,5}))?");

  private static final int MAX_PORT = 65_535;

  private RequestHead() {}

  /// @throws StatusException when the head is malformed or over a limit
  static io.croft.base.http.HttpRequest read(Exchange exchange, Peer peer, GatewayLimits limits) {
    HttpRequest head = exchange.head();
    if (!exchange.wellFormed()) {
      throw undecodable(head.decoderResult().cause(), limits);
    }
    checkVersion(head);
    checkFraming(head.headers());
    checkExpectation(head);
    checkHost(head);
    if (exchange.asksForWebSocket()) {
      WebSocketHandshake.check(head, exchange.body());
    }
    RequestTarget target = target(head, limits);
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

  /// What says where a request ends, and what says who sent it, must be said once and plainly, so
  /// that no two readers disagree (RFC 9112 sections 6.1 to 6.3 are more tolerant).
  private static void checkFraming(HttpHeaders fields) {
    if (fields.contains(HttpHeaderNames.TRANSFER_ENCODING)) {
      List<String> codings = fields.getAll(HttpHeaderNames.TRANSFER_ENCODING);
      if (codings.size() > 1
          || !HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(codings.getFirst())) {
        throw Statuses.badRequest(
            "malformed HTTP request: the only transfer coding there is, is chunked");
      }
    }
    List<String> lengths = fields.getAll(HttpHeaderNames.CONTENT_LENGTH);
    if (!lengths.isEmpty() && (lengths.size() > 1 || !isNumber(lengths.getFirst()))) {
      throw Statuses.badRequest("malformed HTTP request: Content-Length is not one number");
    }
    if (fields.getAll(HttpHeaderNames.AUTHORIZATION).size() > 1) {
      throw Statuses.badRequest("malformed HTTP request: it has several Authorization fields");
    }
  }

  private static boolean isNumber(String text) {
    return !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  private static void checkExpectation(HttpRequest head) {
    for (String expectation : head.headers().getAll(HttpHeaderNames.EXPECT)) {
      if (!HttpHeaderValues.CONTINUE.contentEqualsIgnoreCase(expectation)) {
        throw refusal(417, "ExpectationFailed", "only 'Expect: 100-continue' is supported");
      }
    }
  }

  /// RFC 9112 section 3.2: exactly one, so that no two readers disagree about it, and nothing in it
  /// that one of them could take for a part of a URL.
  private static void checkHost(HttpRequest head) {
    List<String> hosts = head.headers().getAll(HttpHeaderNames.HOST);
    if (hosts.size() > 1
        || (hosts.isEmpty() && head.protocolVersion().equals(HttpVersion.HTTP_1_1))) {
      throw Statuses.badRequest(
          "malformed HTTP request: it has " + hosts.size() + " Host fields, not one");
    }
    if (!hosts.isEmpty() && !isHost(hosts.getFirst())) {
      throw Statuses.badRequest("malformed HTTP request: Host is not a name and a port");
    }
  }

  private static boolean isHost(String text) {
    Matcher parts = HOST.matcher(text);
    if (!parts.matches()) {
      return false;
    }
    String port = parts.group(1);
    return port == null || port.isEmpty() || Integer.parseInt(port) <= MAX_PORT;
  }

  private static String method(HttpRequest head) {
    String method = head.method().name();
    if (!method.chars().allMatch(c -> (c >= 'A' && c <= 'Z') || c == '-')) {
      throw Statuses.badRequest("malformed HTTP request: the method is not in upper-case letters");
    }
    return method;
  }

  private static RequestTarget target(HttpRequest head, GatewayLimits limits) {
    String uri = head.uri();
    if (uri.length() > limits.maxUriBytes()) {
      throw uriTooLong(limits);
    }
    RequestTarget target;
    try {
      target = RequestTarget.parse(uri);
    } catch (IllegalArgumentException e) {
      throw Statuses.badRequest("malformed request target: " + e.getMessage());
    }
    if (target.authority() != null
        && (isHttp2(head)
            || !target.authority().equalsIgnoreCase(head.headers().get(HttpHeaderNames.HOST)))) {
      throw Statuses.badRequest("malformed request target: it names another host than Host does");
    }
    return target;
  }

  private static boolean isHttp2(HttpRequest head) {
    return head.headers().contains(ExtensionHeaderNames.STREAM_ID.text());
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
