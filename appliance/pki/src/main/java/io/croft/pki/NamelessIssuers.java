package io.croft.pki;

import java.io.ByteArrayInputStream;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import org.bouncycastle.jcajce.provider.asymmetric.x509.CertificateFactory;

/// Reads certificates whose issuer has no name. RFC 5280 forbids them and the JDK does not read
/// them, but whoever signs a certificate by itself without a subject makes one. Apart from [Pem],
/// so that Bouncy Castle is loaded only when it is needed.
final class NamelessIssuers {
  private NamelessIssuers() {}

  static X509Certificate certificate(byte[] der) throws CertificateException {
    var factory = new CertificateFactory();
    if (factory.engineGenerateCertificate(new ByteArrayInputStream(der))
            instanceof X509Certificate certificate
        && certificate.getIssuerX500Principal().getName().isEmpty()) {
      return certificate;
    }
    throw new CertificateException("no certificate of a nameless issuer");
  }
}
