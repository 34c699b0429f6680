package io.croft.pki;

import org.bouncycastle.asn1.DERIA5String;
import org.bouncycastle.asn1.x509.AccessDescription;
import org.bouncycastle.asn1.x509.AuthorityInformationAccess;
import org.bouncycastle.asn1.x509.CRLDistPoint;
import org.bouncycastle.asn1.x509.DistributionPoint;
import org.bouncycastle.asn1.x509.DistributionPointName;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;

/// Where it can be learned whether a certificate was revoked.
record RevocationPointers(String list, String responder) {
  void addTo(X509v3CertificateBuilder builder) throws CertIOException {
    var point =
        new DistributionPoint(new DistributionPointName(new GeneralNames(url(list))), null, null);
    var access = new AccessDescription(AccessDescription.id_ad_ocsp, url(responder));
    builder
        .addExtension(
            Extension.cRLDistributionPoints,
            false,
            new CRLDistPoint(new DistributionPoint[] {point}))
        .addExtension(Extension.authorityInfoAccess, false, new AuthorityInformationAccess(access));
  }

  private static GeneralName url(String url) {
    return new GeneralName(GeneralName.uniformResourceIdentifier, new DERIA5String(url));
  }
}
