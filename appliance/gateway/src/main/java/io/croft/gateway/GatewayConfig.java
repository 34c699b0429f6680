package io.croft.gateway;

/// Settings of the gateway.
///
/// @param host the address to listen on; `0.0.0.0` for all
/// @param port 0 lets the system choose one
public record GatewayConfig(String host, int port, GatewayLimits limits, GatewayTimeouts timeouts) {
  public GatewayConfig {
    if (host.isEmpty()) {
      throw new IllegalArgumentException("the address to listen on is empty");
    }
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("port is " + port + ", but must be 0 to 65535");
    }
  }

  /// Default limits and timeouts.
  public static GatewayConfig of(String host, int port) {
    return new GatewayConfig(host, port, GatewayLimits.DEFAULT, GatewayTimeouts.DEFAULT);
  }

  /// The same with other limits.
  public GatewayConfig with(GatewayLimits others) {
    return new GatewayConfig(host, port, others, timeouts);
  }
}
