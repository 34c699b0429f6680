package io.croft.security.issuer;

/// The one client that there is: programs on the users' machines. They can keep no secret, so they
/// have none (RFC 8252).
final class Client {
  /// Also the audience of ID tokens.
  static final String ID = "croft";

  private Client() {}
}
