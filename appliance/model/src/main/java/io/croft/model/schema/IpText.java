package io.croft.model.schema;

import java.util.List;
import java.util.stream.Stream;

/// Whether text is an IP address. `InetAddress` would ask a name server.
final class IpText {
  private static final int GROUPS = 8;

  private IpText() {}

  static boolean isIpv4(String text) {
    String[] parts = text.split("\\.", -1);
    return parts.length == 4
        && Stream.of(parts)
            .allMatch(part -> part.matches("0|[1-9][0-9]{0,2}") && Integer.parseInt(part) <= 255);
  }

  /// RFC 4291, without a zone: eight groups, of which one run may be written as `::`, and the last
  /// two may be written as an IPv4 address.
  static boolean isIpv6(String text) {
    int gap = text.indexOf("::");
    if (gap < 0) {
      return groups(text) == GROUPS;
    }
    int before = groups(text.substring(0, gap));
    int after = groups(text.substring(gap + 2));
    return before >= 0
        && after >= 0
        && before + after < GROUPS
        && !text.substring(0, gap).contains(".");
  }

  /// The number of groups; -1 when one of them is malformed.
  private static int groups(String text) {
    if (text.isEmpty()) {
      return 0;
    }
    List<String> parts = List.of(text.split(":", -1));
    String last = parts.get(parts.size() - 1);
    boolean mapped = last.indexOf('.') >= 0;
    if (mapped && !isIpv4(last)) {
      return -1;
    }
    List<String> hex = mapped ? parts.subList(0, parts.size() - 1) : parts;
    boolean good = hex.stream().allMatch(part -> part.matches("[0-9a-fA-F]{1,4}"));
    return good ? hex.size() + (mapped ? 2 : 0) : -1;
  }
}
