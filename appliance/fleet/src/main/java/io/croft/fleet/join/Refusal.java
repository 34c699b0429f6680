package io.croft.fleet.join;

import io.croft.model.Status;
import io.croft.model.StatusException;

/// Why a host may not join. Hosts and the audit log are told the reason's name; what a token is
/// worth is told only to those who proved that they know it.
public enum Refusal {
  MALFORMED(400, "MalformedJoinRequest"),
  TOO_LARGE(413, "JoinRequestTooLarge"),
  UNKNOWN_TOKEN(403, "UnknownToken"),
  WRONG_PROOF(403, "WrongProof"),
  EXPIRED(403, "TokenExpired"),
  REVOKED(403, "TokenRevoked"),
  USED(403, "TokenUsed"),
  WRONG_ROLE(403, "WrongRole"),
  WRONG_NODE(403, "WrongNode"),
  CLOCK_SKEW(403, "ClockSkew"),
  OTHER_CERTIFICATE(403, "OtherCertificate"),
  CHALLENGE_OVER(403, "ChallengeOver"),
  NAME_TAKEN(409, "NameTaken"),
  UNKNOWN_MACHINE(403, "UnknownMachine"),
  CERTIFICATE_REVOKED(403, "CertificateRevoked"),
  DENIED(403, "CertificateDenied"),
  TOO_MANY_CERTIFICATES(429, "TooManyCertificates"),
  BUSY(503, "TooManyJoins"),
  UNAVAILABLE(503, "CertificateNotIssued");

  private final int code;
  private final String reason;

  Refusal(int code, String reason) {
    this.code = code;
    this.reason = reason;
  }

  public String reason() {
    return reason;
  }

  StatusException because(String message) {
    return new StatusException(new Status(false, code, reason, message, null));
  }
}
