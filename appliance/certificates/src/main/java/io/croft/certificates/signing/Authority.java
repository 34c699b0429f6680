package io.croft.certificates.signing;

import io.croft.certificates.api.SecretData;
import io.croft.model.ApiObject;
import io.croft.pki.KeyPairs;
import io.croft.pki.Pem;
import io.croft.pki.PkiException;
import io.croft.pki.x509.PrivateKeys;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

/// An authority as its Secret has it.
///
/// @param chain the authority's own certificate first
/// @param known the chain and what `ca.crt` adds
record Authority(KeyPair pair, List<X509Certificate> chain, List<X509Certificate> known) {
  X509Certificate certificate() {
    return chain.getFirst();
  }

  /// @throws PkiException saying which part of the Secret is unusable
  static Authority read(ApiObject secret) throws PkiException {
    KeyPair pair = part(secret, SecretData.KEY, PrivateKeys::parse);
    List<X509Certificate> chain = part(secret, SecretData.CERTIFICATE, Pem::certificates);
    if (!KeyPairs.match(pair.getPrivate(), chain.getFirst().getPublicKey())) {
      throw new PkiException("its private key does not belong to its certificate");
    }
    var known = new ArrayList<>(chain);
    String root = SecretData.text(secret, SecretData.CA);
    if (!root.isBlank()) {
      known.addAll(part(secret, SecretData.CA, Pem::certificates));
    }
    return new Authority(pair, chain, known);
  }

  private interface Reader<T> {
    T read(String text) throws PkiException;
  }

  private static <T> T part(ApiObject secret, String key, Reader<T> reader) throws PkiException {
    try {
      return reader.read(SecretData.text(secret, key));
    } catch (PkiException e) {
      throw new PkiException(key + " " + e.getMessage(), e);
    }
  }
}
