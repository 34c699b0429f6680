package io.croft.pki;

import java.io.IOException;
import java.net.InetAddress;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;

/// A certificate signing request (PKCS#10) whose sender has proved that it holds the private key.
/// What it asks for is a wish: whoever issues decides by a [Profile].
///
/// @param publicKey the key to certify
/// @param commonName the subject's common name; empty when it has none
/// @param organizations the subject's organizations, in order
/// @param names the host names and addresses asked for
public record CertificateRequest(
    PublicKey publicKey, String commonName, List<String> organizations, ServerNames names) {

  /// @param pem a block `CERTIFICATE REQUEST`
  /// @throws PkiException when it cannot be read or its signature does not verify
  public static CertificateRequest parse(String pem) throws PkiException {
    return parse(Pem.block(pem, "CERTIFICATE REQUEST"));
  }

  /// @param der as RFC 2986 has it
  /// @throws PkiException when it cannot be read or its signature does not verify
  public static CertificateRequest parse(byte[] der) throws PkiException {
    try {
      var request = new JcaPKCS10CertificationRequest(der);
      PublicKey key = request.getPublicKey();
      if (!request.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key))) {
        throw new PkiException("the certificate request is not signed by its own key");
      }
      List<String> common = values(request.getSubject(), BCStyle.CN);
      return new CertificateRequest(
          key,
          common.isEmpty() ? "" : common.getLast(),
          values(request.getSubject(), BCStyle.O),
          names(request));
    } catch (IOException
        | GeneralSecurityException
        | OperatorCreationException
        | PKCSException
        | IllegalArgumentException e) {
      throw new PkiException("the certificate request cannot be read: " + e.getMessage(), e);
    }
  }

  private static List<String> values(X500Name subject, ASN1ObjectIdentifier type) {
    var values = new ArrayList<String>();
    for (var rdn : subject.getRDNs(type)) {
      if (!(rdn.getFirst().getValue() instanceof ASN1String text)) {
        throw new IllegalArgumentException("the subject has a value that is no text");
      }
      values.add(text.getString());
    }
    return values;
  }

  private static ServerNames names(JcaPKCS10CertificationRequest request) throws IOException {
    var requested = request.getRequestedExtensions();
    GeneralNames general =
        requested == null
            ? null
            : GeneralNames.fromExtensions(requested, Extension.subjectAlternativeName);
    var names = new ArrayList<String>();
    if (general != null) {
      for (GeneralName name : general.getNames()) {
        switch (name.getTagNo()) {
          case GeneralName.dNSName -> names.add(name.getName().toString());
          case GeneralName.iPAddress -> {
            byte[] address = ASN1OctetString.getInstance(name.getName()).getOctets();
            names.add(InetAddress.getByAddress(address).getHostAddress());
          }
          default ->
              throw new IllegalArgumentException("only DNS names and IP addresses are allowed");
        }
      }
    }
    return ServerNames.of(names);
  }
}
