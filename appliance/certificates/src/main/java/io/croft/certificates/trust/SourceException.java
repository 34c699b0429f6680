package io.croft.certificates.trust;

/// The sources of a bundle cannot be put together.
final class SourceException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String reason;

  private SourceException(String reason, String message) {
    super(message);
    this.reason = reason;
  }

  static SourceException notFound(String message) {
    return new SourceException("SourceNotFound", "A source was not found: " + message);
  }

  static SourceException unusable(String message) {
    return new SourceException("SourceBuildError", "A source cannot be used: " + message);
  }

  /// One word, for the condition.
  String reason() {
    return reason;
  }

  String text() {
    return String.valueOf(getMessage());
  }
}
