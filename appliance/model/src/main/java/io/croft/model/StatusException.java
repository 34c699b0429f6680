package io.croft.model;

/// A request that ends in a failure the client is told about. Made through {@link Statuses}. It
/// carries no stack trace: it is an answer, not a defect, and may be frequent.
public final class StatusException extends RuntimeException {
  private final transient Status status;

  public StatusException(Status status) {
    super(status.message(), null, false, false);
    this.status = status;
  }

  public Status status() {
    return status;
  }
}
