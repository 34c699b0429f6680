package io.croft.base;

/// A host and a TCP port.
///
/// @param host a name or an address, an IPv6 address without brackets; never empty
/// @param port 0 to 65535; 0 lets the system choose where something listens
public record HostPort(String host, int port) {
  public HostPort {
    if (host.isEmpty() || port < 0 || port > 65_535) {
      throw new IllegalArgumentException("expected HOST:PORT with a port of 0 to 65535");
    }
  }

  /// @param text `HOST:PORT`, `[IPV6]:PORT`, or `:PORT` for all IPv4 addresses
  /// @throws IllegalArgumentException when it is not of that form
  public static HostPort parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 0 || !text.substring(colon + 1).matches("\\d{1,5}")) {
      throw new IllegalArgumentException("expected HOST:PORT, such as 0.0.0.0:8443");
    }
    String host = text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    } else if (host.contains(":")) {
      throw new IllegalArgumentException("an IPv6 address needs brackets, such as [::1]:8443");
    }
    return new HostPort(
        host.isEmpty() ? "0.0.0.0" : host, Integer.parseInt(text, colon + 1, text.length(), 10));
  }

  /// As `parse` reads it.
  @Override
  public String toString() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
