package io.croft.apiserver.cel;

import dev.cel.common.types.OpaqueType;

/// A range of addresses: `192.168.0.0/24`.
///
/// @param address as it was written, which need not be the first of the range
record Cidr(Address address, int prefix) implements Types.Opaque {
  static final OpaqueType TYPE = OpaqueType.create("net.CIDR");

  @Override
  public OpaqueType celType() {
    return TYPE;
  }

  static Cidr parse(String text) {
    int slash = text.lastIndexOf('/');
    String bits = text.substring(slash + 1);
    if (slash < 0 || !bits.matches("0|[1-9][0-9]{0,2}")) {
      throw invalid(text, slash < 0 ? "no '/'" : "bad bits after slash: " + Texts.quoted(bits));
    }
    Address address;
    try {
      address = Address.parse(text.substring(0, slash));
    } catch (CelException e) {
      throw invalid(text, String.valueOf(e.getMessage()));
    }
    int prefix = Integer.parseInt(bits);
    if (prefix > address.bits()) {
      throw invalid(text, "prefix length out of range");
    }
    return new Cidr(address, prefix);
  }

  private static CelException invalid(String text, String why) {
    return new CelException(
        "network address parse error during conversion from string: netip.ParsePrefix("
            + Texts.quoted(text)
            + "): "
            + why);
  }

  static boolean isValid(String text) {
    try {
      parse(text);
      return true;
    } catch (CelException e) {
      return false;
    }
  }

  boolean contains(Address other) {
    return other.family() == address.family()
        && other.masked(prefix).equals(address.masked(prefix));
  }

  boolean contains(Cidr other) {
    return other.prefix >= prefix && contains(other.address);
  }

  Cidr masked() {
    return new Cidr(address.masked(prefix), prefix);
  }

  @Override
  public String toString() {
    return address + "/" + prefix;
  }
}
