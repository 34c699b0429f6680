package io.croft.security;

import io.croft.base.http.HttpRequest;
import java.util.Optional;

/// Finds out who sends a request. Thread-safe.
@FunctionalInterface
public interface Authenticator {
  Outcome authenticate(HttpRequest request);

  sealed interface Outcome {
    /// The credentials are good.
    ///
    /// @param standing what they rest on, where that can be withdrawn at any time
    record Authenticated(UserInfo user, Optional<Standing> standing) implements Outcome {
      public Authenticated(UserInfo user) {
        this(user, Optional.empty());
      }
    }

    /// The request has no credentials of the kind that this authenticator looks at.
    record NoCredentials() implements Outcome {}

    /// The request has credentials and they are no good.
    ///
    /// @param reason for the audit log, not for the caller
    /// @param ours whether they were meant for us; others may be meant for what is behind us
    record Rejected(String reason, boolean ours) implements Outcome {
      public Rejected(String reason) {
        this(reason, true);
      }
    }
  }
}
