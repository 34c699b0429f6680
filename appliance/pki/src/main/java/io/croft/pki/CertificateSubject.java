package io.croft.pki;

import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.security.auth.x500.X500Principal;

/// The parts of a certificate's subject that Kubernetes looks at. Reads with the JDK alone.
///
/// @param commonName the last common name, or empty
/// @param organizations in the order of the certificate
public record CertificateSubject(String commonName, List<String> organizations) {
  public CertificateSubject {
    organizations = List.copyOf(organizations);
  }

  public static CertificateSubject of(X509Certificate certificate) {
    return of(certificate.getSubjectX500Principal());
  }

  static CertificateSubject of(X500Principal subject) {
    String commonName = "";
    var organizations = new ArrayList<String>();
    // LdapName counts from the right, which is the order in the certificate.
    for (Rdn rdn : rdns(subject)) {
      if (rdn.getValue() instanceof String value) {
        switch (rdn.getType()) {
          case "CN" -> commonName = value;
          case "O" -> organizations.add(value);
          default -> {} // says nothing about user or groups
        }
      }
    }
    return new CertificateSubject(commonName, organizations);
  }

  private static List<Rdn> rdns(X500Principal subject) {
    try {
      return new LdapName(subject.getName(X500Principal.RFC2253)).getRdns();
    } catch (InvalidNameException e) {
      return List.of(); // RFC 2253 as the JDK itself wrote it: cannot be
    }
  }
}
