package io.croft.base.http;

import java.security.cert.X509Certificate;
import java.util.List;

/// The other end of a connection.
///
/// @param address its network address as text (`192.0.2.7`), or `in-process`
/// @param certificates the certificate chain that it proved possession of in the TLS handshake,
///   leaf first, verified against the trusted authorities; empty when it offered none that is
///   trusted
/// @param distrust why the certificate that it offered is not trusted; empty when it is, or when
///   there was none
public record Peer(String address, List<X509Certificate> certificates, String distrust) {
  public static final Peer IN_PROCESS = new Peer("in-process", List.of());

  public Peer {
    certificates = List.copyOf(certificates);
  }

  public Peer(String address, List<X509Certificate> certificates) {
    this(address, certificates, "");
  }
}
