package io.croft.model.patch;

/// A patch that cannot be carried out; the message says which part and why.
public final class PatchException extends RuntimeException {
  /// Whose fault it is, and so which status the client gets.
  public enum Reason {
    /// The patch itself is not well-formed: `BadRequest`.
    MALFORMED,
    /// The patch does not fit the document: `Invalid`.
    NOT_APPLICABLE,
    /// What the patch tests for is not so: `Invalid`, too.
    TEST_FAILED,
    /// The patch, or what it would grow the document by, is too large: `RequestEntityTooLarge`.
    TOO_LARGE
  }

  private final Reason reason;

  private PatchException(Reason reason, String message) {
    super(message, null, false, false);
    this.reason = reason;
  }

  static PatchException malformed(String message) {
    return new PatchException(Reason.MALFORMED, message);
  }

  static PatchException notApplicable(String message) {
    return new PatchException(Reason.NOT_APPLICABLE, message);
  }

  static PatchException testFailed(String message) {
    return new PatchException(Reason.TEST_FAILED, message);
  }

  static PatchException tooLarge(String message) {
    return new PatchException(Reason.TOO_LARGE, message);
  }

  public Reason reason() {
    return reason;
  }
}
