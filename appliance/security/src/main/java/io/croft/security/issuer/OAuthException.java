package io.croft.security.issuer;

/// A request to the issuer that cannot be met; `code` is one of RFC 6749 section 5.2 and RFC 8628
/// section 3.5.
final class OAuthException extends Exception {
  private final String code;

  OAuthException(String code, String description) {
    super(description, null, false, false);
    this.code = code;
  }

  String code() {
    return code;
  }
}
