package io.croft.certificates.issuing;

import io.croft.certificates.api.SecretData;
import io.croft.model.ApiObject;
import io.croft.pki.Pem;
import io.croft.pki.PkiException;
import io.croft.pki.x509.PrivateKeys;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/// What a Secret has of a key and its certificate.
sealed interface KeyPairState {
  /// Both are there and belong together.
  ///
  /// @param chain the leaf first
  record Complete(KeyPair pair, List<X509Certificate> chain) implements KeyPairState {
    X509Certificate leaf() {
      return chain.getFirst();
    }
  }

  record Broken(Finding finding) implements KeyPairState {}

  static KeyPairState of(Optional<ApiObject> secret) {
    if (secret.isEmpty()) {
      return broken("DoesNotExist", "the Secret does not exist");
    }
    String key = SecretData.text(secret.get(), SecretData.KEY);
    String certificate = SecretData.text(secret.get(), SecretData.CERTIFICATE);
    if (key.isEmpty()) {
      return broken("MissingData", "the Secret has no private key (tls.key)");
    }
    if (certificate.isEmpty()) {
      return broken("MissingData", "the Secret has no certificate (tls.crt)");
    }
    KeyPair pair;
    try {
      pair = PrivateKeys.parse(key);
    } catch (PkiException e) {
      return broken("InvalidKeyPair", "the Secret's tls.key " + e.getMessage());
    }
    List<X509Certificate> chain;
    try {
      chain = Pem.certificates(certificate);
    } catch (PkiException e) {
      return broken("InvalidCertificate", "the Secret's tls.crt " + e.getMessage());
    }
    return pair.getPublic().equals(chain.getFirst().getPublicKey())
        ? new Complete(pair, chain)
        : broken("InvalidKeyPair", "the Secret's private key does not belong to its certificate");
  }

  private static Broken broken(String reason, String message) {
    return new Broken(new Finding(reason, message));
  }
}
