package io.croft.security;

import io.croft.base.http.HttpRequest;

/// Finds out who sends a request. Thread-safe.
@FunctionalInterface
public interface Authenticator {
  Outcome authenticate(HttpRequest request);

  sealed interface Outcome {
    /// The credentials are good.
    record Authenticated(UserInfo user) implements Outcome {}

    /// The request has no credentials of the kind that this authenticator looks at.
    record NoCredentials() implements Outcome {}

    /// The request has credentials and they are no good.
    ///
    /// @param reason for the audit log, not for the caller
    record Rejected(String reason) implements Outcome {}
  }
}
