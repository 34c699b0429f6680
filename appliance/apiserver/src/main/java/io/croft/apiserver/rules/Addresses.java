package io.croft.apiserver.rules;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/// Addresses of the Internet protocol as texts.
public final class Addresses {
  public static final String IPV4 = "IPv4";
  public static final String IPV6 = "IPv6";

  private static final Pattern V4 =
      Pattern.compile("(0|[1-9][0-9]{0,2})(\\.(0|[1-9][0-9]{0,2})){3}");
  private static final int MAX_TEXT = 45;
  private static final int GROUPS = 8;

  private Addresses() {}

  static void ip(Field field) {
    if (!field.empty() && !isIp(field.text())) {
      field.invalid("must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
    }
  }

  static void cidr(Field field) {
    if (!isCidr(field.text())) {
      field.invalid("must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)");
    }
  }

  public static boolean isCidr(String text) {
    int slash = text.indexOf('/');
    if (slash < 0 || !isIp(text.substring(0, slash))) {
      return false;
    }
    String bits = text.substring(slash + 1);
    int most = text.indexOf(':') < 0 ? 32 : 128;
    return bits.matches("0|[1-9][0-9]{0,2}") && Integer.parseInt(bits) <= most;
  }

  public static boolean isIp(String text) {
    if (text.length() > MAX_TEXT) {
      return false;
    }
    if (V4.matcher(text).matches()) {
      for (String part : text.split("\\.")) {
        if (Integer.parseInt(part) > 255) {
          return false;
        }
      }
      return true;
    }
    if (text.indexOf(':') < 0 || !text.matches("[0-9a-fA-F:.]+")) {
      return false;
    }
    try {
      // With a colon in it the text is a literal and never looked up.
      return InetAddress.getByName(text) != null;
    } catch (UnknownHostException e) {
      return false;
    }
  }

  /// The family of an address: an IPv6 address that stands for an IPv4 one is of IPv4.
  public static String family(String address) {
    return bytes(address).length == 4 ? IPV4 : IPV6;
  }

  public static BigInteger number(String address) {
    return new BigInteger(1, bytes(address));
  }

  /// The one text that is an address's own (RFC 5952).
  public static String canonical(String address) {
    return text(family(address), number(address));
  }

  /// An address as its canonical text.
  public static String text(String family, BigInteger number) {
    return family.equals(IPV4) ? four(number.longValue()) : six(number);
  }

  private static String four(long number) {
    return (number >> 24 & 0xff)
        + "."
        + (number >> 16 & 0xff)
        + "."
        + (number >> 8 & 0xff)
        + "."
        + (number & 0xff);
  }

  /// The longest run of zeros, of at least two groups, is left out.
  private static String six(BigInteger number) {
    int gap = -1;
    int length = 1;
    for (int i = 0; i < GROUPS; i++) {
      int end = i;
      while (end < GROUPS && group(number, end) == 0) {
        end++;
      }
      if (end - i > length) {
        gap = i;
        length = end - i;
      }
    }
    var text = new StringBuilder();
    for (int i = 0; i < GROUPS; i++) {
      if (i == gap) {
        text.append("::");
        i += length - 1;
      } else {
        text.append(text.isEmpty() || text.charAt(text.length() - 1) == ':' ? "" : ":");
        text.append(Integer.toHexString(group(number, i)));
      }
    }
    return text.toString();
  }

  private static int group(BigInteger number, int index) {
    return number.shiftRight(16 * (GROUPS - 1 - index)).intValue() & 0xffff;
  }

  /// @throws IllegalArgumentException when it is no address
  private static byte[] bytes(String address) {
    if (!isIp(address)) {
      throw new IllegalArgumentException("not an IP address: " + address);
    }
    try {
      return InetAddress.getByName(address).getAddress();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("not an IP address: " + address, e);
    }
  }
}
