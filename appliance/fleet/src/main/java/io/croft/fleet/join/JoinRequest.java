package io.croft.fleet.join;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.RequestBody.BodyTooLargeException;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.model.Names;
import java.io.IOException;
import java.util.Base64;
import java.util.regex.Pattern;

/// What a host sends, field by field.
///
/// @param body a small object
record JoinRequest(ObjectNode body) {
  private static final int MAX_BYTES = 16 << 10;
  private static final Pattern WHO = Pattern.compile("[0-9a-f]{12}|machine/[a-z0-9.-]{1,63}");
  private static final Pattern NONCE = Pattern.compile("[A-Za-z0-9_-]{16,128}");
  private static final Pattern FINGERPRINT = Pattern.compile("[0-9a-f]{64}");

  static JoinRequest read(HttpRequest request) {
    try {
      return new JoinRequest(Json.parseObject(request.body().readAll(MAX_BYTES)));
    } catch (BodyTooLargeException e) {
      throw Refusal.TOO_LARGE.because("the request is longer than " + MAX_BYTES + " bytes");
    } catch (MalformedJsonException e) {
      throw Refusal.MALFORMED.because("the request is no JSON object: " + e.getMessage());
    } catch (IOException e) {
      throw Refusal.MALFORMED.because("the request did not come whole");
    }
  }

  /// The identifier of a token, or `machine/NAME`.
  String who() {
    return matching("who", WHO);
  }

  String clientNonce() {
    return matching("nonce", NONCE);
  }

  String serverNonce() {
    return matching("challenge", NONCE);
  }

  String serverCertificate() {
    return matching("serverCertificate", FINGERPRINT);
  }

  byte[] proof() {
    try {
      return Base64.getUrlDecoder().decode(text("proof"));
    } catch (IllegalArgumentException e) {
      throw Refusal.MALFORMED.because("proof: is not Base64");
    }
  }

  String machine() {
    String name = text("name");
    var problems = Names.dns1123Label(name);
    if (!problems.isEmpty()) {
      throw Refusal.MALFORMED.because("name: " + problems.getFirst());
    }
    return name;
  }

  /// A text without control characters; empty when it is missing.
  String text(String field) {
    JsonNode value = body.path(field);
    String text = value.isTextual() ? value.asText() : "";
    return field.equals("request") ? text : text.replaceAll("\\p{Cntrl}", "");
  }

  private String matching(String field, Pattern form) {
    String text = text(field);
    if (!form.matcher(text).matches()) {
      throw Refusal.MALFORMED.because(field + ": is missing or not of its form");
    }
    return text;
  }
}
