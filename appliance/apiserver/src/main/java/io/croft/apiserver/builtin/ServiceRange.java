package io.croft.apiserver.builtin;

import io.croft.apiserver.rules.Addresses;
import java.math.BigInteger;
import java.util.Random;

/// A range of addresses of one family that services are given.
///
/// @param family `IPv4` or `IPv6`
/// @param first the first address that is given, as a number
/// @param count how many there are
/// @param text the range as it was written
public record ServiceRange(String family, BigInteger first, BigInteger count, String text) {
  private static final int V4_BITS = 32;
  private static final int V6_BITS = 128;

  /// Reads `10.96.0.0/12` or `fd00:10:96::/112`: an IPv4 range of /8 to /29, an IPv6 one of /64 to
  /// /125.
  ///
  /// @throws IllegalArgumentException when it is something else
  static ServiceRange parse(String range) {
    if (!Addresses.isCidr(range)) {
      throw new IllegalArgumentException(
          "expected a range of addresses such as 10.96.0.0/12 or fd00:10:96::/112");
    }
    int slash = range.indexOf('/');
    int prefix = Integer.parseInt(range.substring(slash + 1));
    String family = Addresses.family(range.substring(0, slash));
    boolean four = family.equals(Addresses.IPV4);
    if (prefix < (four ? 8 : 64) || prefix > (four ? 29 : 125)) {
      throw new IllegalArgumentException(
          four ? "expected a range of /8 to /29" : "expected an IPv6 range of /64 to /125");
    }
    int free = (four ? V4_BITS : V6_BITS) - prefix;
    BigInteger base = Addresses.number(range.substring(0, slash)).shiftRight(free).shiftLeft(free);
    // Neither the network's own address nor, for IPv4, the one of all its members.
    BigInteger count = BigInteger.ONE.shiftLeft(free).subtract(BigInteger.valueOf(four ? 2 : 1));
    return new ServiceRange(family, base.add(BigInteger.ONE), count, range);
  }

  /// @param address of the range's family
  boolean contains(String address) {
    BigInteger offset = Addresses.number(address).subtract(first);
    return offset.signum() >= 0 && offset.compareTo(count) < 0;
  }

  /// One of the addresses.
  String at(BigInteger offset) {
    return Addresses.text(family, first.add(offset));
  }

  /// A number below `count`.
  BigInteger anyOffset(Random random) {
    return new BigInteger(count.bitLength() + Long.SIZE, random).mod(count);
  }
}
