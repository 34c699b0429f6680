package io.croft.security.issuer;

import io.croft.base.http.HttpRequest;
import io.croft.security.OwnCookies;
import io.croft.security.identity.OpaqueSecret;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Sees to it that a form was shown here, to the one who sends it: a cookie that no other site can
/// set or send along, and in the form a MAC of it. Thread-safe.
final class FormGuard {
  private static final String COOKIE = OwnCookies.PREFIX + "form";
  private static final int NONCE_BYTES = 16;
  private static final int KEY_BYTES = 32;

  private final SecretKeySpec key;

  FormGuard() {
    byte[] random = new byte[KEY_BYTES];
    new SecureRandom().nextBytes(random);
    this.key = new SecretKeySpec(random, "HmacSHA256");
  }

  /// @param cookie the value of `Set-Cookie`
  /// @param proof goes into the form
  record Ticket(String cookie, String proof) {}

  Ticket issue() {
    String nonce = OpaqueSecret.random(NONCE_BYTES);
    return new Ticket(OwnCookies.set(COOKIE, nonce), proof(nonce));
  }

  boolean accepts(HttpRequest request, String proof) {
    return OwnCookies.find(request, COOKIE)
        .filter(nonce -> OpaqueSecret.same(proof(nonce), proof))
        .isPresent();
  }

  private String proof(String nonce) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(key);
      byte[] code = mac.doFinal(nonce.getBytes(StandardCharsets.UTF_8));
      return Base64.getUrlEncoder().withoutPadding().encodeToString(code);
    } catch (NoSuchAlgorithmException | InvalidKeyException e) {
      throw new IllegalStateException("the JDK lacks HMAC-SHA-256", e);
    }
  }
}
