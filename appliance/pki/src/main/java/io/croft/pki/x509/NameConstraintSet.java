package io.croft.pki.x509;

import io.croft.pki.PkiException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.DERIA5String;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.jspecify.annotations.Nullable;

/// The names that an authority may, and may not, certify (RFC 5280, 4.2.1.10).
public record NameConstraintSet(boolean critical, Names permitted, Names excluded) {
  /// @param ipRanges in CIDR notation
  public record Names(
      List<String> dnsDomains,
      List<String> ipRanges,
      List<String> emailAddresses,
      List<String> uriDomains) {
    public Names {
      dnsDomains = List.copyOf(dnsDomains);
      ipRanges = List.copyOf(ipRanges);
      emailAddresses = List.copyOf(emailAddresses);
      uriDomains = List.copyOf(uriDomains);
    }

    boolean isEmpty() {
      return dnsDomains.isEmpty()
          && ipRanges.isEmpty()
          && emailAddresses.isEmpty()
          && uriDomains.isEmpty();
    }
  }

  /// @throws PkiException when an IP range is none
  NameConstraints toExtension() throws PkiException {
    return new NameConstraints(subtrees(permitted), subtrees(excluded));
  }

  private static GeneralSubtree @Nullable [] subtrees(Names names) throws PkiException {
    if (names.isEmpty()) {
      return null;
    }
    var trees = new ArrayList<GeneralSubtree>();
    for (String domain : names.dnsDomains()) {
      trees.add(tree(GeneralName.dNSName, domain));
    }
    for (String range : names.ipRanges()) {
      trees.add(
          new GeneralSubtree(
              new GeneralName(GeneralName.iPAddress, new DEROctetString(range(range)))));
    }
    for (String email : names.emailAddresses()) {
      trees.add(tree(GeneralName.rfc822Name, email));
    }
    for (String domain : names.uriDomains()) {
      trees.add(tree(GeneralName.uniformResourceIdentifier, domain));
    }
    return trees.toArray(GeneralSubtree[]::new);
  }

  private static GeneralSubtree tree(int kind, String name) {
    return new GeneralSubtree(new GeneralName(kind, new DERIA5String(name)));
  }

  /// The address and its mask.
  private static byte[] range(String cidr) throws PkiException {
    int slash = cidr.indexOf('/');
    try {
      byte[] address = InetAddress.ofLiteral(cidr.substring(0, slash)).getAddress();
      int bits = Integer.parseInt(cidr.substring(slash + 1));
      if (bits < 0 || bits > address.length * 8) {
        throw new PkiException("is no IP range: " + cidr);
      }
      byte[] both = new byte[address.length * 2];
      for (int i = 0; i < address.length; i++) {
        int ones = Math.clamp(bits - i * 8L, 0, 8);
        byte mask = (byte) (0xff << (8 - ones));
        both[i] = (byte) (address[i] & mask);
        both[address.length + i] = mask;
      }
      return both;
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new PkiException("is no IP range: " + cidr, e);
    }
  }
}
