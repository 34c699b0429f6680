package io.croft.pki;

import java.math.BigInteger;
import java.time.Instant;

/// That a certificate is not to be believed any more.
///
/// @param generation of which authorities the issuer is
/// @param notAfter when nobody would believe it anyway
public record RevokedCertificate(
    Instant revoked,
    int generation,
    Purpose purpose,
    BigInteger serial,
    Instant notAfter,
    Reason reason) {
  /// Why, by the names and numbers of RFC 5280, section 5.3.1.
  public enum Reason {
    UNSPECIFIED(0),
    KEY_COMPROMISE(1),
    AFFILIATION_CHANGED(3),
    SUPERSEDED(4),
    CESSATION_OF_OPERATION(5),
    PRIVILEGE_WITHDRAWN(9);

    private final int code;

    Reason(int code) {
      this.code = code;
    }

    public int code() {
      return code;
    }
  }

  static final Ledger.Format<RevokedCertificate> FORMAT =
      new Ledger.Format<>() {
        @Override
        public String write(RevokedCertificate entry) {
          return "%s %d %s %s %s %s"
              .formatted(
                  entry.revoked,
                  entry.generation,
                  entry.purpose.text(),
                  entry.serial.toString(16),
                  entry.notAfter,
                  entry.reason);
        }

        @Override
        public RevokedCertificate read(String line) {
          String[] parts = line.split(" ", 6);
          return new RevokedCertificate(
              Instant.parse(parts[0]),
              Integer.parseInt(parts[1]),
              Purpose.of(parts[2]),
              new BigInteger(parts[3], 16),
              Instant.parse(parts[4]),
              Reason.valueOf(parts[5]));
        }
      };
}
