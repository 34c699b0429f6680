package io.croft.pki;

import java.security.cert.X509Certificate;
import java.util.Arrays;

/// For what the certificates of an authority are. Each purpose has an authority of its own below
/// the root, so that who verifies for one purpose need not believe what was issued for another.
public enum Purpose {
  /// Servers prove themselves to clients.
  SERVERS("ca", "croft CA"),
  /// Clients log in.
  CLIENTS("client-ca", "croft client CA"),
  /// Nodes serve under their own names.
  NODES("node-ca", "croft node CA"),
  /// The API server shows the servers of other APIs who it is.
  FRONT_PROXY("front-proxy-ca", "croft front proxy CA");

  private final String text;
  private final String title;

  Purpose(String text, String title) {
    this.text = text;
    this.title = title;
  }

  /// The name of its files, and how commands call it.
  public String text() {
    return text;
  }

  static Purpose of(String text) {
    return Arrays.stream(values()).filter(p -> p.text.equals(text)).findFirst().orElseThrow();
  }

  String title() {
    return title;
  }

  /// Whether a certificate names an authority for this purpose as its issuer. Its signature is for
  /// others to verify.
  public boolean hasIssued(X509Certificate certificate) {
    return CertificateSubject.of(certificate.getIssuerX500Principal())
        .commonName()
        .startsWith(title + " ");
  }

  /// Whether its certificates are for servers; otherwise they are for clients.
  boolean ofServers() {
    return this == SERVERS || this == NODES;
  }
}
