package io.croft.apiserver.outbound;

import java.io.IOException;
import java.net.URI;

/// A server that is asked over HTTPS, and how it is verified.
///
/// @param url where it is asked
/// @param name what its certificate must be for; empty for the host of the URL
/// @param certificates with which it is verified, in PEM; empty for those of the system
/// @param verified whether it is verified at all
public record HttpsServer(URI url, String name, String certificates, boolean verified) {
  /// @throws IOException when the address makes no sense; the message says why
  public void check() throws IOException {
    if (!"https".equals(url.getScheme()) || url.getHost() == null) {
      throw new IOException("the address is not one of https");
    }
  }
}
