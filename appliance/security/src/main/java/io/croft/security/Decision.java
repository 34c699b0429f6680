package io.croft.security;

/// The answer of an [Authorizer].
///
/// @param reason for the audit log and, in a refusal, for the caller; may be empty
public record Decision(Verdict verdict, String reason) {
  public enum Verdict {
    ALLOW,
    /// Nobody else is asked.
    DENY,
    /// Whoever is asked next decides; refused when there is nobody.
    NO_OPINION
  }

  public static Decision allow(String reason) {
    return new Decision(Verdict.ALLOW, reason);
  }

  public static Decision deny(String reason) {
    return new Decision(Verdict.DENY, reason);
  }

  public static Decision noOpinion(String reason) {
    return new Decision(Verdict.NO_OPINION, reason);
  }

  public boolean allowed() {
    return verdict == Verdict.ALLOW;
  }
}
