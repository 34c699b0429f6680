package io.croft.gateway.resources;

import io.croft.pki.Identity;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/// The DNS names that a certificate is for.
final class CertificateNames {
  private static final int DNS_NAME = 2;

  private CertificateNames() {}

  /// In lower case; wildcards as they are.
  static List<String> of(Identity identity) {
    return of(identity.leaf());
  }

  static List<String> of(X509Certificate certificate) {
    var names = new ArrayList<String>();
    try {
      Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
      if (alternatives != null) {
        for (List<?> name : alternatives) {
          if (name.get(0).equals(DNS_NAME)) {
            names.add(Objects.toString(name.get(1)).toLowerCase(Locale.ROOT));
          }
        }
      }
    } catch (CertificateParsingException e) {
      return List.of();
    }
    return names;
  }
}
