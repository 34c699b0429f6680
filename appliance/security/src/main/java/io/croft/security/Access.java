package io.croft.security;

import java.util.Optional;
import java.util.function.UnaryOperator;

/// What it takes to be let through to something that is not the API's.
///
/// @param anonymous whether callers without credentials are let in, as `system:anonymous`
/// @param permission makes, of what a request asks for, what the caller must be allowed to do; when
///   empty it is enough to be known
/// @param auditLevel how much is recorded at least, whatever the audit policy says
/// @param forwardsCredentials whether `Authorization` is passed on, for services with a login of
///   their own; only then does a token that is not ours count as none. Only with `anonymous`.
public record Access(
    boolean anonymous,
    Optional<UnaryOperator<RequestInfo>> permission,
    Optional<AuditLevel> auditLevel,
    boolean forwardsCredentials) {
  /// For callers who are known, whoever they are.
  public static final Access AUTHENTICATED =
      new Access(false, Optional.empty(), Optional.empty(), false);

  public Access {
    if (forwardsCredentials && !anonymous) {
      throw new IllegalArgumentException(
          "credentials are ours to check, and not passed on, unless anonymous callers are let in");
    }
  }
}
