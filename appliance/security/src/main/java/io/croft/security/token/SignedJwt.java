package io.croft.security.token;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/// JSON Web Tokens in the one form that is used here: claims, signed, compact (RFC 7519, RFC 7515).
/// The algorithm is the key's, never the token's choice.
final class SignedJwt {
  /// Room for some audiences and long names.
  static final int MAX_CHARS = 16 << 10;

  /// Of tokens of other issuers, which may have some hundred groups.
  static final int MAX_OTHERS_CHARS = 32 << 10;

  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();
  private static final Base64.Decoder DECODER = Base64.getUrlDecoder();

  private SignedJwt() {}

  static String sign(ObjectNode claims, SigningKey key) {
    ObjectNode header = Json.object().put("alg", key.algorithm()).put("kid", key.id());
    String content =
        ENCODER.encodeToString(Json.bytes(header))
            + "."
            + ENCODER.encodeToString(Json.bytes(claims));
    byte[] signature = key.sign(content.getBytes(StandardCharsets.US_ASCII));
    return content + "." + ENCODER.encodeToString(signature);
  }

  /// The claims of a token that the key has signed.
  ///
  /// @throws InvalidTokenException when it is not such a token; nothing of what it says is in the
  ///   message
  static ObjectNode verify(String token, SigningKey key) throws InvalidTokenException {
    if (token.length() > MAX_CHARS) {
      throw new InvalidTokenException("the token is too long");
    }
    String[] parts = token.split("\\.", -1);
    if (parts.length != 3) {
      throw new InvalidTokenException("the token is not a signed JWT");
    }
    ObjectNode header = json(parts[0]);
    if (!header.path("alg").asText("").equals(key.algorithm())) {
      throw new InvalidTokenException("the token is signed by another algorithm");
    }
    if (!header.path("kid").asText("").equals(key.id())) {
      throw new InvalidTokenException("the token is signed by another key");
    }
    if (header.has("crit")) {
      throw new InvalidTokenException("the token demands extensions that are not known");
    }
    String content = parts[0] + "." + parts[1];
    if (!key.verifies(content.getBytes(StandardCharsets.ISO_8859_1), decode(parts[2]))) {
      throw new InvalidTokenException("the token's signature does not verify");
    }
    return json(parts[1]);
  }

  /// Who a token says that it is of, which nobody has verified yet; empty when it does not say.
  static String unverifiedIssuer(String token) throws InvalidTokenException {
    if (token.length() > MAX_OTHERS_CHARS) {
      throw new InvalidTokenException("the token is too long");
    }
    String[] parts = token.split("\\.", -1);
    if (parts.length != 3) {
      throw new InvalidTokenException("the token is not a signed JWT");
    }
    return json(parts[1]).path("iss").asText("");
  }

  private static ObjectNode json(String part) throws InvalidTokenException {
    try {
      return Json.parseObject(decode(part));
    } catch (MalformedJsonException e) {
      throw new InvalidTokenException("the token is not a signed JWT");
    }
  }

  private static byte[] decode(String part) throws InvalidTokenException {
    try {
      return DECODER.decode(part);
    } catch (IllegalArgumentException e) {
      throw new InvalidTokenException("the token is not a signed JWT");
    }
  }
}
