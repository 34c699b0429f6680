package io.croft.certificates.acme.protocol;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// An ACME server has not done what it was asked.
public final class AcmeProblem extends Exception {
  private static final long serialVersionUID = 1L;

  /// What can be done about it.
  public enum Kind {
    /// The server was not reached, or has a problem of its own: asked again later.
    UNREACHABLE,
    /// Too much was asked: not again before the time that the server names.
    RATE_LIMITED,
    /// The server does not know the account, or no longer lets it in.
    ACCOUNT,
    /// Asking the same again will not help.
    REFUSED
  }

  private final Kind kind;
  private final @Nullable Instant retryAfter;

  AcmeProblem(Kind kind, String message, @Nullable Instant retryAfter, Throwable cause) {
    super(message, cause);
    this.kind = kind;
    this.retryAfter = retryAfter;
  }

  public Kind kind() {
    return kind;
  }

  /// Before when the server does not want to be asked again; null when it has not said.
  public @Nullable Instant retryAfter() {
    return retryAfter;
  }

  /// Whether it may go away by itself.
  public boolean passing() {
    return kind == Kind.UNREACHABLE || kind == Kind.RATE_LIMITED;
  }
}
