package io.croft.store.etcd;

import io.grpc.util.CertificateUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// PEM files to make [EtcdTls] of.
///
/// @param certificate the server's certificate first, then what issued it
/// @param key PKCS #8, RSA or EC
/// @param clientAuthorities whom clients' certificates must lead to; null to let every client in
public record EtcdTlsFiles(Path certificate, Path key, @Nullable Path clientAuthorities) {
  /// What no file of certificates is larger than.
  private static final long MOST_BYTES = 1 << 20;

  /// @throws IOException naming the file that cannot be read or used
  public EtcdTls load() throws IOException {
    List<X509Certificate> chain = certificates(certificate);
    PrivateKey privateKey = key(key);
    List<X509Certificate> authorities =
        clientAuthorities == null ? List.of() : certificates(clientAuthorities);
    if (!belongTogether(privateKey, chain.getFirst().getPublicKey())) {
      throw new IOException(key + " is not the key of the certificate in " + certificate);
    }
    return new EtcdTls(privateKey, chain, authorities);
  }

  private static List<X509Certificate> certificates(Path file) throws IOException {
    try {
      List<X509Certificate> found =
          Arrays.asList(
              CertificateUtils.getX509Certificates(new ByteArrayInputStream(content(file))));
      if (found.isEmpty()) {
        throw new IOException(file + " has no certificate");
      }
      return found;
    } catch (GeneralSecurityException e) {
      throw new IOException(file + " is not a list of PEM certificates: " + e.getMessage(), e);
    }
  }

  private static PrivateKey key(Path file) throws IOException {
    try {
      return CertificateUtils.getPrivateKey(new ByteArrayInputStream(content(file)));
    } catch (GeneralSecurityException | IllegalArgumentException _) {
      // What the parser says may have parts of the key.
      throw new IOException(file + " is not an RSA or EC key in PEM and PKCS #8");
    }
  }

  /// Files are replaced one after the other, so that a pair may be none for a moment.
  private static boolean belongTogether(PrivateKey privateKey, PublicKey publicKey) {
    if (!privateKey.getAlgorithm().equals(publicKey.getAlgorithm())) {
      return false;
    }
    try {
      Signature signature =
          Signature.getInstance(
              privateKey.getAlgorithm().equals("EC") ? "SHA256withECDSA" : "SHA256withRSA");
      signature.initSign(privateKey);
      byte[] signed = signature.sign();
      signature.initVerify(publicKey);
      return signature.verify(signed);
    } catch (GeneralSecurityException _) {
      return false;
    }
  }

  private static byte[] content(Path file) throws IOException {
    long size = Files.size(file);
    if (size > MOST_BYTES) {
      throw new IOException(file + " has " + size + " bytes, allowed are " + MOST_BYTES);
    }
    return Files.readAllBytes(file);
  }
}
