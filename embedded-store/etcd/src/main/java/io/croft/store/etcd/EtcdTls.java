package io.croft.store.etcd;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.List;

/// Who the server is, and whom it lets in.
///
/// @param chain the server's certificate first, then what issued it
/// @param clientAuthorities when not empty, clients must present a certificate that leads to one of
///   them
public record EtcdTls(
    PrivateKey key, List<X509Certificate> chain, List<X509Certificate> clientAuthorities) {
  /// @throws IllegalArgumentException when there is no certificate, or the key is not the first's
  public EtcdTls {
    chain = List.copyOf(chain);
    clientAuthorities = List.copyOf(clientAuthorities);
    if (chain.isEmpty()) {
      throw new IllegalArgumentException("the server's certificate chain is empty");
    }
    if (!belongTogether(key, chain.getFirst().getPublicKey())) {
      throw new IllegalArgumentException(
          "the key is not that of the certificate of "
              + chain.getFirst().getSubjectX500Principal());
    }
  }

  /// Files of both are replaced one after the other, so that a pair may be none for a moment.
  private static boolean belongTogether(PrivateKey key, PublicKey publicKey) {
    if (!key.getAlgorithm().equals(publicKey.getAlgorithm())) {
      return false;
    }
    try {
      Signature signature = Signature.getInstance(signatureFor(key.getAlgorithm()));
      signature.initSign(key);
      byte[] signed = signature.sign();
      signature.initVerify(publicKey);
      return signature.verify(signed);
    } catch (GeneralSecurityException _) {
      return false;
    }
  }

  private static String signatureFor(String algorithm) {
    return switch (algorithm) {
      case "EC" -> "SHA256withECDSA";
      case "RSA" -> "SHA256withRSA";
      default -> algorithm;
    };
  }

  /// Without the key.
  @Override
  public String toString() {
    return "EtcdTls[%s, %d client authorities]"
        .formatted(chain.getFirst().getSubjectX500Principal(), clientAuthorities.size());
  }
}
