package io.croft.gateway.resources;

/// Why a route, or a rule of it, is not taken: for a condition of its status.
final class RouteProblem extends Exception {
  private final String reason;

  RouteProblem(String reason, String message) {
    super(message);
    this.reason = reason;
  }

  String reason() {
    return reason;
  }

  String text() {
    return String.valueOf(getMessage());
  }
}
