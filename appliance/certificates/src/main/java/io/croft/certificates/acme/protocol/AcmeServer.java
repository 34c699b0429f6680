package io.croft.certificates.acme.protocol;

import java.net.URI;

/// A server, and whom it is believed to be one.
///
/// @param directory where it describes itself; `http` or `https`
/// @param trusted authorities in PEM; empty for those that the JDK trusts
/// @param unverified whether anybody is believed
public record AcmeServer(URI directory, String trusted, boolean unverified) {
  /// @throws IllegalArgumentException when the address has another form
  public AcmeServer {
    String scheme = String.valueOf(directory.getScheme());
    if (!(scheme.equals("https") || scheme.equals("http")) || directory.getHost() == null) {
      throw new IllegalArgumentException("expected an address such as https://HOST/directory");
    }
  }
}
