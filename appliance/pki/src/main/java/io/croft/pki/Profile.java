package io.croft.pki;

import java.time.Duration;
import java.util.List;

/// What a certificate is issued for.
public sealed interface Profile {
  /// How long it is valid, counted from now; cut to the life of its issuer.
  Duration ttl();

  /// Proves a server's names to its clients.
  ///
  /// @param commonName the subject
  record Server(String commonName, ServerNames names, Duration ttl) implements Profile {}

  /// Speaks for its issuer on what is revoked (RFC 6960, section 4.2.2.2).
  record OcspResponder(Duration ttl) implements Profile {}

  /// Proves to the API server who a client is.
  ///
  /// @param user the subject's common name
  /// @param groups the subject's organizations, in order
  record Client(String user, List<String> groups, Duration ttl) implements Profile {
    public Client {
      if (user.isBlank()) {
        throw new IllegalArgumentException("a client certificate needs a user name");
      }
      groups = List.copyOf(groups);
    }
  }
}
