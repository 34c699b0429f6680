package io.croft.apiserver.cel;

import dev.cel.common.types.OpaqueType;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// An IP address: 4 or 16 bytes. IPv6 addresses that stand for IPv4 ones, and zones, are refused.
final class Address implements Types.Opaque {
  static final OpaqueType TYPE = OpaqueType.create("net.IP");
  private static final int GROUPS = 8;

  private final byte[] bytes;

  private Address(byte[] bytes) {
    this.bytes = bytes;
  }

  @Override
  public OpaqueType celType() {
    return TYPE;
  }

  static Address parse(String text) {
    if (text.contains("%")) {
      throw new CelException(
          "IP address " + Texts.quoted(text) + " with zone value is not allowed");
    }
    byte[] bytes = text.contains(":") ? six(text) : four(text);
    if (bytes == null) {
      throw new CelException(
          "IP Address "
              + Texts.quoted(text)
              + " parse error during conversion from string: unable to parse IP");
    }
    var address = new Address(bytes);
    if (address.isMapped()) {
      throw new CelException("IPv4-mapped IPv6 address " + Texts.quoted(text) + " is not allowed");
    }
    return address;
  }

  static boolean isValid(String text) {
    try {
      parse(text);
      return true;
    } catch (CelException e) {
      return false;
    }
  }

  private static byte @Nullable [] four(String text) {
    if (text.length() > 15) {
      return null;
    }
    String[] parts = text.split("\\.", -1);
    if (parts.length != 4) {
      return null;
    }
    var bytes = new byte[4];
    for (int i = 0; i < 4; i++) {
      if (!parts[i].matches("0|[1-9][0-9]{0,2}") || Integer.parseInt(parts[i]) > 255) {
        return null;
      }
      bytes[i] = (byte) Integer.parseInt(parts[i]);
    }
    return bytes;
  }

  private static byte @Nullable [] six(String text) {
    int gap = text.indexOf("::");
    if (text.length() > 45 || (gap >= 0 && text.indexOf("::", gap + 1) >= 0)) {
      return null;
    }
    byte[] head = groups(gap < 0 ? text : text.substring(0, gap), gap < 0);
    byte[] tail = gap < 0 ? new byte[0] : groups(text.substring(gap + 2), true);
    if (head == null || tail == null) {
      return null;
    }
    int length = head.length + tail.length;
    if (gap < 0 ? length != 16 : length > 14) {
      return null;
    }
    var bytes = Arrays.copyOf(head, 16);
    System.arraycopy(tail, 0, bytes, 16 - tail.length, tail.length);
    return bytes;
  }

  /// @param last whether an IPv4 address may stand at the end
  private static byte @Nullable [] groups(String text, boolean last) {
    if (text.isEmpty()) {
      return new byte[0];
    }
    List<String> parts = List.of(text.split(":", -1));
    if (parts.size() > GROUPS) {
      return null;
    }
    var bytes = new byte[2 * GROUPS + 2];
    int length = 0;
    for (int i = 0; i < parts.size(); i++) {
      String part = parts.get(i);
      byte[] four = last && i == parts.size() - 1 && part.contains(".") ? four(part) : null;
      if (four != null) {
        System.arraycopy(four, 0, bytes, length, 4);
        length += 4;
      } else if (part.matches("[0-9a-fA-F]{1,4}")) {
        int group = Integer.parseInt(part, 16);
        bytes[length++] = (byte) (group >> 8);
        bytes[length++] = (byte) group;
      } else {
        return null;
      }
    }
    return length > 16 ? null : Arrays.copyOf(bytes, length);
  }

  private boolean isMapped() {
    if (bytes.length == 4) {
      return false;
    }
    boolean zeros = true;
    for (int i = 0; i < 10; i++) {
      zeros &= bytes[i] == 0;
    }
    return zeros && bytes[10] == -1 && bytes[11] == -1;
  }

  int family() {
    return bytes.length == 4 ? 4 : 6;
  }

  int bits() {
    return 8 * bytes.length;
  }

  private int at(int index) {
    return bytes[index] & 0xff;
  }

  boolean isUnspecified() {
    return equals(masked(0));
  }

  boolean isLoopback() {
    if (family() == 4) {
      return at(0) == 127;
    }
    var one = new byte[16];
    one[15] = 1;
    return Arrays.equals(bytes, one);
  }

  boolean isMulticast() {
    return family() == 4 ? at(0) >> 4 == 14 : at(0) == 0xff;
  }

  boolean isLinkLocalMulticast() {
    return family() == 4
        ? at(0) == 224 && at(1) == 0 && at(2) == 0
        : at(0) == 0xff && (at(1) & 0x0f) == 2;
  }

  boolean isLinkLocalUnicast() {
    return family() == 4 ? at(0) == 169 && at(1) == 254 : at(0) == 0xfe && (at(1) & 0xc0) == 0x80;
  }

  boolean isGlobalUnicast() {
    boolean broadcast =
        family() == 4 && at(0) == 255 && at(1) == 255 && at(2) == 255 && at(3) == 255;
    return !broadcast
        && !isUnspecified()
        && !isLoopback()
        && !isMulticast()
        && !isLinkLocalUnicast();
  }

  /// With all but the first so many bits zero.
  Address masked(int prefix) {
    byte[] kept = bytes.clone();
    for (int i = 0; i < kept.length; i++) {
      int keep = Math.clamp(prefix - 8L * i, 0, 8);
      kept[i] = (byte) (kept[i] & (0xff00 >> keep));
    }
    return new Address(kept);
  }

  /// The canonical text, of RFC 5952 for IPv6.
  @Override
  public String toString() {
    if (family() == 4) {
      return at(0) + "." + at(1) + "." + at(2) + "." + at(3);
    }
    int start = -1;
    int longest = 1;
    for (int i = 0; i < GROUPS; i++) {
      int run = i;
      while (run < GROUPS && group(run) == 0) {
        run++;
      }
      if (run - i > longest) {
        start = i;
        longest = run - i;
      }
    }
    var text = new StringBuilder();
    int i = 0;
    while (i < GROUPS) {
      if (i == start) {
        text.append("::");
        i += longest;
      } else {
        boolean first = text.isEmpty() || text.charAt(text.length() - 1) == ':';
        text.append(first ? "" : ":").append(Integer.toHexString(group(i)));
        i++;
      }
    }
    return text.toString();
  }

  private int group(int index) {
    return at(2 * index) << 8 | at(2 * index + 1);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Address that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Objects.hash(Arrays.hashCode(bytes));
  }
}
