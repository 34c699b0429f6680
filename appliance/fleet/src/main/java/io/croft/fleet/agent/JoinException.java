package io.croft.fleet.agent;

import io.croft.fleet.join.Refusal;
import org.jspecify.annotations.Nullable;

/// A host cannot join, and asking again as it is would not help.
public final class JoinException extends Exception {
  private final String reason;

  /// @param message names the cause and the mend
  JoinException(String message, @Nullable Throwable cause) {
    super(message, cause);
    this.reason = "";
  }

  JoinException(String message) {
    this(message, (Throwable) null);
  }

  /// @param reason the appliance's, see [io.croft.fleet.join.Refusal]
  JoinException(String message, String reason) {
    super(message);
    this.reason = reason;
  }

  /// Whether the appliance does not take this host any more without another token.
  public boolean isForgotten() {
    return reason.equals(Refusal.UNKNOWN_MACHINE.reason())
        || reason.equals(Refusal.CERTIFICATE_REVOKED.reason());
  }
}
