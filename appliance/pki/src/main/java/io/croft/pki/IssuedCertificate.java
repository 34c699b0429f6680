package io.croft.pki;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import javax.security.auth.x500.X500Principal;

/// What is remembered of a certificate that was issued.
///
/// @param generation of which authorities the issuer is
/// @param subject as RFC 2253 writes it
public record IssuedCertificate(
    Instant issued,
    int generation,
    Purpose purpose,
    BigInteger serial,
    Instant notAfter,
    String subject) {

  static IssuedCertificate of(
      X509Certificate certificate, int generation, Purpose purpose, Instant now) {
    return new IssuedCertificate(
        now,
        generation,
        purpose,
        certificate.getSerialNumber(),
        certificate.getNotAfter().toInstant(),
        certificate.getSubjectX500Principal().getName());
  }

  /// The subject's common name; empty when it has none.
  public String commonName() {
    return CertificateSubject.of(new X500Principal(subject)).commonName();
  }

  /// The subject's organizations.
  public List<String> organizations() {
    return CertificateSubject.of(new X500Principal(subject)).organizations();
  }

  /// As commands write serial numbers.
  public String serialText() {
    return serial.toString(16);
  }

  boolean lives(Instant now) {
    return now.isBefore(notAfter);
  }

  static final Ledger.Format<IssuedCertificate> FORMAT =
      new Ledger.Format<>() {
        @Override
        public String write(IssuedCertificate entry) {
          byte[] subject = entry.subject.getBytes(StandardCharsets.UTF_8);
          return "%s %d %s %s %s %s"
              .formatted(
                  entry.issued,
                  entry.generation,
                  entry.purpose.text(),
                  entry.serialText(),
                  entry.notAfter,
                  Base64.getUrlEncoder().withoutPadding().encodeToString(subject));
        }

        @Override
        public IssuedCertificate read(String line) {
          String[] parts = line.split(" ", 6);
          return new IssuedCertificate(
              Instant.parse(parts[0]),
              Integer.parseInt(parts[1]),
              Purpose.of(parts[2]),
              new BigInteger(parts[3], 16),
              Instant.parse(parts[4]),
              new String(Base64.getUrlDecoder().decode(parts[5]), StandardCharsets.UTF_8));
        }
      };
}
