package io.croft.pki;

/// By which the servers of other APIs know that a request comes from this API server, and take its
/// word for who the user is. An authority of its own, as nobody else may ever prove that.
///
/// @param authority whose certificates those servers trust
/// @param client what the API server shows them
public record FrontProxy(CertificateAuthority authority, Identity client) {
  /// The common name of the client's certificate.
  public static final String NAME = "front-proxy-client";
}
