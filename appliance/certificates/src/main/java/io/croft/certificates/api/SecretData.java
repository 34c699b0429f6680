package io.croft.certificates.api;

import io.croft.model.ApiObject;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/// What a Secret holds. Read when it is needed and then forgotten: contents of Secrets are not
/// kept.
public final class SecretData {
  public static final String CERTIFICATE = "tls.crt";
  public static final String KEY = "tls.key";
  public static final String CA = "ca.crt";

  private SecretData() {}

  /// Empty when it is not there.
  public static byte[] bytes(ApiObject secret, String key) {
    try {
      return Base64.getDecoder().decode(secret.json().path("data").path(key).asText(""));
    } catch (IllegalArgumentException e) {
      return new byte[0];
    }
  }

  public static String text(ApiObject secret, String key) {
    return new String(bytes(secret, key), StandardCharsets.UTF_8);
  }

  /// Empty when it is not Base64.
  public static String decode(String base64) {
    try {
      return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return "";
    }
  }

  public static String encode(String text) {
    return encode(text.getBytes(StandardCharsets.UTF_8));
  }

  public static String encode(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }
}
