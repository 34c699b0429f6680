package io.croft.security;

/// How much of a request is recorded, as `audit.k8s.io/v1` has it; each level has what those before
/// it have.
public enum AuditLevel {
  NONE("None"),
  /// Who asked for what, when, and how it ended.
  METADATA("Metadata"),
  /// And the body of the request.
  REQUEST("Request"),
  /// And the body of the answer.
  REQUEST_RESPONSE("RequestResponse");

  private final String text;

  AuditLevel(String text) {
    this.text = text;
  }

  /// As policies and events write it.
  public String text() {
    return text;
  }

  public boolean atLeast(AuditLevel other) {
    return compareTo(other) >= 0;
  }

  /// @throws IllegalArgumentException when it is none
  public static AuditLevel parse(String text) {
    for (AuditLevel level : values()) {
      if (level.text.equals(text)) {
        return level;
      }
    }
    throw new IllegalArgumentException("no audit level: " + text);
  }
}
