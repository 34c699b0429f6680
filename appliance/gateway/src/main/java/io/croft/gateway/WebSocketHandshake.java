package io.croft.gateway;

import static io.netty.handler.codec.http.HttpHeaderNames.CONNECTION;
import static io.netty.handler.codec.http.HttpHeaderNames.SEC_WEBSOCKET_ACCEPT;
import static io.netty.handler.codec.http.HttpHeaderNames.SEC_WEBSOCKET_KEY;
import static io.netty.handler.codec.http.HttpHeaderNames.SEC_WEBSOCKET_VERSION;
import static io.netty.handler.codec.http.HttpHeaderNames.UPGRADE;

import io.croft.model.Status;
import io.croft.model.StatusException;
import io.croft.model.Statuses;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The opening handshake of a WebSocket (RFC 6455 section 4.2). Chooses none of the subprotocols
/// that a client may offer: the body's lines are sent as they are.
final class WebSocketHandshake {
  private static final String VERSION = "13";

  private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  private static final int KEY_BYTES = 16;
  private static final Pattern DEFAULT_PORT = Pattern.compile(":443$");

  private WebSocketHandshake() {}

  /// Whether a client that speaks HTTP/1.1 asks for a WebSocket.
  static boolean askedFor(HttpRequest head) {
    return head.method().equals(HttpMethod.GET)
        && head.protocolVersion().equals(HttpVersion.HTTP_1_1)
        && head.headers().containsValue(CONNECTION, HttpHeaderValues.UPGRADE, true)
        && head.headers().containsValue(UPGRADE, HttpHeaderValues.WEBSOCKET, true);
  }

  /// @throws StatusException when the handshake is not one that can be answered
  static void check(HttpRequest head, IncomingBody body) {
    checkVersion(head.headers());
    checkKey(head.headers());
    checkOrigin(head.headers());
    if (!body.expectsNothing()) {
      throw Statuses.badRequest("malformed WebSocket handshake: it has a body");
    }
  }

  private static void checkVersion(HttpHeaders fields) {
    List<String> versions = fields.getAll(SEC_WEBSOCKET_VERSION);
    if (!versions.equals(List.of(VERSION))) {
      throw refusal(
          426,
          "UpgradeRequired",
          "WebSocket version " + versions + " is not supported; use " + VERSION);
    }
  }

  private static void checkKey(HttpHeaders fields) {
    List<String> keys = fields.getAll(SEC_WEBSOCKET_KEY);
    if (keys.size() != 1 || !isKey(keys.getFirst())) {
      throw Statuses.badRequest(
          "malformed WebSocket handshake: Sec-WebSocket-Key must be "
              + KEY_BYTES
              + " bytes in base64, once");
    }
  }

  private static boolean isKey(String key) {
    try {
      return Base64.getDecoder().decode(key).length == KEY_BYTES;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /// Browsers let any page open a WebSocket to anywhere and read from it, with the user's client
  /// certificate. A page cannot set `Authorization`, so whoever has is not a page.
  private static void checkOrigin(HttpHeaders fields) {
    String origin = fields.get(HttpHeaderNames.ORIGIN);
    if (origin != null
        && !fields.contains(HttpHeaderNames.AUTHORIZATION)
        && !isOurs(origin, fields.get(HttpHeaderNames.HOST))) {
      throw refusal(
          403,
          "Forbidden",
          "a page of another origin must not open a WebSocket with a certificate");
    }
  }

  private static boolean isOurs(String origin, @Nullable String host) {
    try {
      String authority = URI.create(origin).getRawAuthority();
      return authority != null && host != null && plain(authority).equalsIgnoreCase(plain(host));
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static String plain(String authority) {
    return DEFAULT_PORT.matcher(authority).replaceFirst("");
  }

  private static StatusException refusal(int code, String reason, String message) {
    return new StatusException(new Status(false, code, reason, message, null));
  }

  /// Adds the fields of an answer that asks for another version (RFC 6455 section 4.4).
  static void require(HttpHeaders fields) {
    fields
        .add(CONNECTION, HttpHeaderValues.UPGRADE)
        .set(UPGRADE, HttpHeaderValues.WEBSOCKET)
        .set(SEC_WEBSOCKET_VERSION, VERSION);
  }

  /// Makes the fields those of an answer that accepts the handshake.
  static void accept(HttpRequest head, HttpHeaders fields) {
    fields
        .remove(HttpHeaderNames.CONTENT_LENGTH)
        .remove(HttpHeaderNames.CONTENT_TYPE)
        .set(CONNECTION, HttpHeaderValues.UPGRADE)
        .set(UPGRADE, HttpHeaderValues.WEBSOCKET)
        .set(SEC_WEBSOCKET_ACCEPT, proof(head.headers().get(SEC_WEBSOCKET_KEY)));
  }

  private static String proof(String key) {
    byte[] bytes = (key + GUID).getBytes(StandardCharsets.ISO_8859_1);
    try {
      return Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-1").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-1", e);
    }
  }
}
