package io.croft.certificates.issuing;

import io.croft.pki.Pem;
import io.croft.pki.PkiException;
import io.croft.pki.x509.PrivateKeys;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.util.List;

/// What goes into a certificate's Secret, as text.
///
/// @param key in PEM
/// @param certificate the leaf and its intermediates, in PEM
/// @param ca the highest certificate known, in PEM; may be empty
record Material(String key, String certificate, String ca) {
  KeyPair pair() throws PkiException {
    return PrivateKeys.parse(key);
  }

  List<X509Certificate> chain() throws PkiException {
    return Pem.certificates(certificate);
  }

  List<X509Certificate> trusted() throws PkiException {
    return ca.isBlank() ? List.of() : Pem.certificates(ca);
  }

  /// Never shows the key.
  @Override
  public String toString() {
    return "Material";
  }
}
