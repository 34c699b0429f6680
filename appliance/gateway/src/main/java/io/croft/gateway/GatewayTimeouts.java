package io.croft.gateway;

import java.time.Duration;

/// How long the gateway waits for a client.
///
/// @param handshake for the TLS handshake, from the accepted connection on
/// @param head for the first request's head, from the handshake on
/// @param body for all of a request's body, from the moment the handler asks for it
/// @param idle between requests: until the next one's head is complete
/// @param stall until a client that reads its answer too slowly has taken the next piece of it
/// @param drain for requests in progress when the gateway stops
public record GatewayTimeouts(
    Duration handshake,
    Duration head,
    Duration body,
    Duration idle,
    Duration stall,
    Duration drain) {
  public static final GatewayTimeouts DEFAULT =
      new GatewayTimeouts(
          Duration.ofSeconds(10),
          Duration.ofSeconds(10),
          Duration.ofSeconds(60),
          Duration.ofSeconds(90),
          Duration.ofSeconds(60),
          Duration.ofSeconds(15));

  public GatewayTimeouts {
    requirePositive("handshake", handshake);
    requirePositive("head", head);
    requirePositive("body", body);
    requirePositive("idle", idle);
    requirePositive("stall", stall);
    if (drain.isNegative()) {
      throw new IllegalArgumentException("drain is " + drain + ", but must not be negative");
    }
  }

  private static void requirePositive(String name, Duration value) {
    if (!value.isPositive()) {
      throw new IllegalArgumentException(name + " is " + value + ", but must be positive");
    }
  }
}
