package io.croft.pki.x509;

import io.croft.pki.Pem;
import io.croft.pki.PkiException;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;

/// A leaf, those that vouch for it in order, and the last of them.
///
/// @param served the leaf and its intermediates, without a self-signed root
/// @param top the highest that is known: the root, or the last intermediate
public record CertificateChain(List<X509Certificate> served, X509Certificate top) {
  public CertificateChain {
    served = List.copyOf(served);
  }

  /// Puts certificates into the order of a chain.
  ///
  /// @param leaf what the chain is for
  /// @param others in any order, the leaf and doubles too; those that do not belong are left out
  public static CertificateChain of(X509Certificate leaf, Collection<X509Certificate> others) {
    var left = new LinkedHashSet<>(others);
    left.remove(leaf);
    var chain = new ArrayList<X509Certificate>();
    X509Certificate top = leaf;
    chain.add(leaf);
    while (!signed(top, top)) {
      X509Certificate child = top;
      var issuer = left.stream().filter(c -> signed(c, child)).findFirst();
      if (issuer.isEmpty()) {
        break;
      }
      top = issuer.get();
      left.remove(top);
      chain.add(top);
    }
    if (chain.size() > 1 && signed(top, top)) {
      chain.removeLast();
    }
    return new CertificateChain(chain, top);
  }

  private static boolean signed(X509Certificate issuer, X509Certificate child) {
    if (!issuer.getSubjectX500Principal().equals(child.getIssuerX500Principal())) {
      return false;
    }
    try {
      child.verify(issuer.getPublicKey());
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  public String servedPem() {
    return Pem.encode(served);
  }

  public String topPem() {
    return Pem.encode(top);
  }

  /// The subject of a certificate.
  public static Subject subject(X509Certificate certificate) throws PkiException {
    try {
      return Subject.of(new JcaX509CertificateHolder(certificate).getSubject());
    } catch (CertificateEncodingException e) {
      throw new PkiException("a certificate without an encoding", e);
    }
  }

  /// The alternative names of a certificate.
  public static AlternativeNames names(X509Certificate certificate) throws PkiException {
    try {
      var extensions = new JcaX509CertificateHolder(certificate).getExtensions();
      GeneralNames names =
          extensions == null
              ? null
              : GeneralNames.fromExtensions(extensions, Extension.subjectAlternativeName);
      return names == null ? AlternativeNames.NONE : AlternativeNames.of(names);
    } catch (CertificateEncodingException | IllegalArgumentException e) {
      throw new PkiException("a certificate that cannot be read", e);
    }
  }
}
