package io.croft.smoke;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// Whom a client trusts, and as whom it appears.
final class Identity {
  private static final char[] PASSWORD = "changeit".toCharArray();

  private final KeyStore trust;
  private final KeyStore keys;

  private Identity(KeyStore trust, KeyStore keys) {
    this.trust = trust;
    this.keys = keys;
  }

  /// The name of the authority that has issued its certificate.
  String issuer() throws GeneralSecurityException {
    return ((X509Certificate) keys.getCertificate("user")).getIssuerX500Principal().getName();
  }

  /// The user of a kubeconfig file that carries its certificates inline.
  static Identity of(Path kubeconfig) throws IOException, GeneralSecurityException {
    String text = Files.readString(kubeconfig);
    return of(
        field(text, "certificate-authority-data"),
        field(text, "client-certificate-data"),
        field(text, "client-key-data"));
  }

  /// All in PEM: whom it trusts, its certificate and those above that, its key.
  static Identity of(byte[] trusted, byte[] certificate, byte[] privateKey)
      throws IOException, GeneralSecurityException {
    KeyStore trust = empty();
    int number = 0;
    for (Certificate authority : certificates(trusted)) {
      trust.setCertificateEntry("ca-" + number++, authority);
    }
    Certificate[] chain = certificates(certificate);
    KeyStore keys = empty();
    PrivateKey key = privateKey(privateKey, chain[0].getPublicKey().getAlgorithm());
    keys.setKeyEntry("user", key, PASSWORD, chain);
    return new Identity(trust, keys);
  }

  /// The same trust, but no certificate of its own.
  Identity anonymous() throws IOException, GeneralSecurityException {
    return new Identity(trust, empty());
  }

  /// The same certificate, but trusting others.
  Identity trusting(String pem) throws IOException, GeneralSecurityException {
    KeyStore others = empty();
    int number = 0;
    for (Certificate authority : certificates(pem.getBytes(StandardCharsets.US_ASCII))) {
      others.setCertificateEntry("ca-" + number++, authority);
    }
    return new Identity(others, keys);
  }

  /// The same trust, but a certificate from elsewhere.
  Identity with(Path keyStore) throws IOException, GeneralSecurityException {
    KeyStore other = empty();
    try (InputStream in = Files.newInputStream(keyStore)) {
      other.load(in, PASSWORD);
    }
    return new Identity(trust, other);
  }

  SSLContext tls() throws GeneralSecurityException {
    var trusts = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trusts.init(trust);
    var owns = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    owns.init(keys, PASSWORD);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(owns.getKeyManagers(), trusts.getTrustManagers(), null);
    return tls;
  }

  private static KeyStore empty() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private static byte[] field(String kubeconfig, String name) throws IOException {
    Matcher found = Pattern.compile(name + ":\\s*\"?([A-Za-z0-9+/=]+)").matcher(kubeconfig);
    if (!found.find()) {
      throw new IOException("the kubeconfig has no " + name);
    }
    return Base64.getDecoder().decode(found.group(1));
  }

  private static Certificate[] certificates(byte[] pem) throws GeneralSecurityException {
    return CertificateFactory.getInstance("X.509")
        .generateCertificates(new ByteArrayInputStream(pem))
        .toArray(Certificate[]::new);
  }

  /// A key in PKCS #8, or an EC key of P-256 in the older form of RFC 5915, which PKCS #8 wraps.
  private static PrivateKey privateKey(byte[] pem, String algorithm)
      throws IOException, GeneralSecurityException {
    String text = new String(pem, StandardCharsets.US_ASCII);
    byte[] der = Base64.getMimeDecoder().decode(text.replaceAll("-----[A-Z ]+-----", ""));
    if (text.contains("BEGIN EC PRIVATE KEY")) {
      byte[] head =
          HexFormat.of()
              .parseHex("308193020100301306072a8648ce3d020106082a8648ce3d030107" + "0479");
      byte[] wrapped = Arrays.copyOf(head, head.length + der.length);
      System.arraycopy(der, 0, wrapped, head.length, der.length);
      der = wrapped;
    }
    return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
  }
}
