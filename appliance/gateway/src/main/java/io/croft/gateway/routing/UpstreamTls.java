package io.croft.gateway.routing;

import io.croft.pki.Identity;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// TLS towards an upstream.
///
/// @param serverName for SNI, and which the certificate must be for
/// @param otherNames when there are any, one of which the certificate must be for instead
/// @param authorities who may have signed it; the system's when null
/// @param client what the gateway shows; null for nothing
public record UpstreamTls(
    String serverName,
    List<String> otherNames,
    @Nullable List<X509Certificate> authorities,
    @Nullable Identity client) {
  public UpstreamTls {
    otherNames = List.copyOf(otherNames);
    authorities = authorities == null ? null : List.copyOf(authorities);
  }
}
