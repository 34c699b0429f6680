package io.croft.gateway.proxy;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/// Where a connection really leads, compared by bits, for the same address can be written in many
/// ways and be inside another one.
final class Address {
  /// A network: the bytes that its addresses begin with, in hexadecimal.
  private record Network(String prefix) {
    boolean contains(byte[] address) {
      return HexFormat.of().formatHex(address).startsWith(prefix);
    }
  }

  /// Where clouds hand out credentials.
  private static final List<Network> METADATA_4 =
      List.of(
          new Network("a9fe"), // 169.254.0.0/16: AWS, Azure, Google and others; ECS; EKS
          new Network("646464c8"), // 100.100.100.200: Alibaba
          new Network("a83f8110")); // 168.63.129.16: Azure's wire server

  private static final List<Network> METADATA_6 =
      List.of(
          new Network("fd000ec2"), // fd00:ec2::/32: AWS
          new Network("fd2000ce00000000"), // fd20:ce::/64: Google
          new Network("fe80000000000000" + "00000000a9fea9fe")); // fe80::a9fe:a9fe: OpenStack

  /// RFC 6052: 64:ff9b::/96, the address of IPv4 at the end.
  private static final Network NAT64 = new Network("0064ff9b0000000000000000");

  /// RFC 3056: 2002::/16, the address of IPv4 behind it.
  private static final Network SIX_TO_FOUR = new Network("2002");

  /// RFC 4291, 2.5.5.1, deprecated: ::/96. Those mapped, ::ffff:0:0/96, Java makes IPv4 itself.
  private static final Network COMPATIBLE = new Network("000000000000000000000000");

  private Address() {}

  static boolean isMetadata(InetAddress address) {
    InetAddress inner = unwrapped(address);
    List<Network> networks = inner instanceof Inet6Address ? METADATA_6 : METADATA_4;
    byte[] bytes = inner.getAddress();
    return networks.stream().anyMatch(network -> network.contains(bytes));
  }

  /// Whether it is this machine, or what only this machine and its link reach.
  static boolean isLocal(InetAddress address) {
    return isLocalItself(address) || isLocalItself(unwrapped(address));
  }

  private static boolean isLocalItself(InetAddress address) {
    return address.isLoopbackAddress()
        || address.isLinkLocalAddress()
        || address.isAnyLocalAddress()
        || address.isMulticastAddress()
        || isOneOfOurs(address);
  }

  private static boolean isOneOfOurs(InetAddress address) {
    try {
      return NetworkInterface.getByInetAddress(address) != null;
    } catch (SocketException _) {
      return true; // rather refused than let through
    }
  }

  /// The address of IPv4 that one of IPv6 stands for, or the address itself.
  static InetAddress unwrapped(InetAddress address) {
    byte[] bytes = address.getAddress();
    if (!(address instanceof Inet6Address) || address.isLoopbackAddress()) {
      return address;
    }
    if (NAT64.contains(bytes) || COMPATIBLE.contains(bytes)) {
      return ipv4(bytes, 12);
    }
    return SIX_TO_FOUR.contains(bytes) ? ipv4(bytes, 2) : address;
  }

  private static InetAddress ipv4(byte[] bytes, int from) {
    try {
      return InetAddress.getByAddress(Arrays.copyOfRange(bytes, from, from + 4));
    } catch (UnknownHostException e) {
      throw new IllegalStateException("four bytes are an address", e);
    }
  }
}
