package io.croft.gateway.proxy;

import java.time.Duration;

/// What upstreams get of us, and how long they are waited for.
///
/// @param maxRequests at a time, to one endpoint; on HTTP/1.1 this is also the most connections
/// @param admission for room below that
/// @param connect for a connection, TLS included
/// @param idle how long a connection is kept for the next request
/// @param stall until an upstream has taken the next piece of what is sent
/// @param localAddresses whether upstreams may be on this machine itself (loopback, link-local)
public record UpstreamLimits(
    int maxRequests,
    Duration admission,
    Duration connect,
    Duration idle,
    Duration stall,
    boolean localAddresses) {
  public static final UpstreamLimits USUAL =
      new UpstreamLimits(
          512,
          Duration.ofSeconds(2),
          Duration.ofSeconds(5),
          Duration.ofSeconds(50),
          Duration.ofSeconds(60),
          false);

  public UpstreamLimits {
    if (maxRequests < 1) {
      throw new IllegalArgumentException("maxRequests is " + maxRequests + ", not positive");
    }
  }

  public UpstreamLimits withLocalAddresses(boolean allowed) {
    return new UpstreamLimits(maxRequests, admission, connect, idle, stall, allowed);
  }
}
