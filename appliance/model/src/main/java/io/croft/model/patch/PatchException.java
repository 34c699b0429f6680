package io.croft.model.patch;

/// A patch that cannot be carried out; the message says which part and why.
public final class PatchException extends RuntimeException {
  /// Whose fault it is.
  public enum Cause {
    /// The patch itself is not well-formed (HTTP 400).
    MALFORMED,
    /// The patch does not fit the document (HTTP 422).
    NOT_APPLICABLE
  }

  private final Cause reason;

  public PatchException(Cause reason, String message) {
    super(message, null, false, false);
    this.reason = reason;
  }

  public Cause reason() {
    return reason;
  }
}
