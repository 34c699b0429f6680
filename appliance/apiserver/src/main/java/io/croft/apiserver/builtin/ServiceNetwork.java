package io.croft.apiserver.builtin;

/// What services are given: addresses out of a range, and ports that every node opens.
///
/// @param base the first address of the range, as a number
/// @param size how many addresses it holds
/// @param text the range as it was written
/// @param ports the ports that are given
public record ServiceNetwork(long base, long size, String text, PortRange ports) {
  /// kube-apiserver's usual range.
  public static final String USUAL_RANGE = "10.96.0.0/12";

  /// kube-apiserver's usual range and ports.
  public static final ServiceNetwork USUAL = parse(USUAL_RANGE);

  /// Reads a range of IPv4 addresses, for example `10.96.0.0/12`, of 8 to 2²⁴ addresses; with the
  /// usual ports.
  ///
  /// @throws IllegalArgumentException when it is none
  public static ServiceNetwork parse(String range) {
    if (!range.matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}/[0-9]{1,2}")) {
      throw new IllegalArgumentException("expected a range of IPv4 addresses such as 10.96.0.0/12");
    }
    String[] parts = range.split("/");
    int bits = Integer.parseInt(parts[1]);
    if (bits < 8 || bits > 29) {
      throw new IllegalArgumentException("expected a range of /8 to /29");
    }
    long size = 1L << (32 - bits);
    long base = number(parts[0]) & -size;
    return new ServiceNetwork(base, size, range, PortRange.USUAL);
  }

  public ServiceNetwork withPorts(PortRange given) {
    return new ServiceNetwork(base, size, text, given);
  }

  /// Whether an address may be given: neither the network's own nor its broadcast address.
  boolean contains(long address) {
    return address > base && address < base + size - 1;
  }

  /// An IPv4 address as a number.
  ///
  /// @throws IllegalArgumentException when it is none
  static long number(String address) {
    if (!address.matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}")) {
      throw new IllegalArgumentException("not an IPv4 address: " + address);
    }
    long number = 0;
    for (String part : address.split("\\.")) {
      int value = Integer.parseInt(part);
      if (value > 255) {
        throw new IllegalArgumentException("not an IPv4 address: " + address);
      }
      number = number << 8 | value;
    }
    return number;
  }

  static String address(long number) {
    return (number >> 24 & 0xff)
        + "."
        + (number >> 16 & 0xff)
        + "."
        + (number >> 8 & 0xff)
        + "."
        + (number & 0xff);
  }
}
