package io.croft.certificates.trust;

import io.croft.pki.PkiException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/// The public authorities that the Java which runs this trusts: those of Mozilla's list.
final class DefaultAuthorities {
  private DefaultAuthorities() {}

  /// In an order of their own that does not change.
  static List<X509Certificate> certificates() throws PkiException {
    try {
      var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init((KeyStore) null);
      return Arrays.stream(factory.getTrustManagers())
          .flatMap(m -> m instanceof X509TrustManager x ? Stream.of(x.getAcceptedIssuers()) : null)
          .sorted(
              Comparator.comparing((X509Certificate c) -> c.getSubjectX500Principal().getName())
                  .thenComparing(X509Certificate::getSerialNumber))
          .toList();
    } catch (GeneralSecurityException e) {
      throw new PkiException("the default authorities cannot be read: " + e.getMessage(), e);
    }
  }

  /// They change with Java only.
  static String version() {
    return "java-" + Runtime.version().toString().replace('+', '.');
  }
}
