package io.croft.gateway;

/// What the gateway accepts at most; beyond it a client gets a precise refusal.
///
/// @param maxHeaderBytes all header fields of a request; more is answered 431
/// @param maxUriBytes the request target; more is answered 414
/// @param maxConnections open connections; more are closed as soon as they are accepted
/// @param maxStreams concurrent requests on one HTTP/2 connection
/// @param maxInFlight requests being answered, all connections together; more are answered 429
/// @param maxLongRunning watches and followed logs, counted apart from `maxInFlight`; more are
///   answered 429
public record GatewayLimits(
    int maxHeaderBytes,
    int maxUriBytes,
    int maxConnections,
    int maxStreams,
    int maxInFlight,
    int maxLongRunning) {
  public static final GatewayLimits DEFAULT =
      new GatewayLimits(64 << 10, 64 << 10, 12_000, 250, 1024, 10_000);

  public GatewayLimits {
    requirePositive("maxHeaderBytes", maxHeaderBytes);
    requirePositive("maxUriBytes", maxUriBytes);
    requirePositive("maxConnections", maxConnections);
    requirePositive("maxStreams", maxStreams);
    requirePositive("maxInFlight", maxInFlight);
    requirePositive("maxLongRunning", maxLongRunning);
  }

  /// The same with another limit for open connections.
  public GatewayLimits withMaxConnections(int connections) {
    return new GatewayLimits(
        maxHeaderBytes, maxUriBytes, connections, maxStreams, maxInFlight, maxLongRunning);
  }

  private static void requirePositive(String name, int value) {
    if (value <= 0) {
      throw new IllegalArgumentException(name + " is " + value + ", but must be positive");
    }
  }
}
