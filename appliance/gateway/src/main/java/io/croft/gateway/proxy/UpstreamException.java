package io.croft.gateway.proxy;

import java.io.IOException;

/// An upstream did not do what was asked of it.
final class UpstreamException extends IOException {
  /// What went wrong.
  enum Kind {
    /// It cannot be reached; nothing has been sent.
    UNREACHABLE(502),
    /// There is no room for one more request to it; nothing has been sent.
    BUSY(503),
    /// It broke off, or said what cannot be understood.
    BROKEN(502),
    /// It has not answered in time.
    TIMEOUT(504);

    private final int code;

    Kind(int code) {
      this.code = code;
    }

    int code() {
      return code;
    }
  }

  private final Kind kind;

  UpstreamException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  UpstreamException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  Kind kind() {
    return kind;
  }
}
