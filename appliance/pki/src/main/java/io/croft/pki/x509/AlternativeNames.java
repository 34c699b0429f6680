package io.croft.pki.x509;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.DERIA5String;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.OtherName;

/// The subject alternative names of a certificate, by kind, each in order.
///
/// @param ipAddresses in the JDK's text form
public record AlternativeNames(
    List<String> dnsNames,
    List<String> ipAddresses,
    List<String> uris,
    List<String> emailAddresses,
    List<Other> otherNames) {
  public static final AlternativeNames NONE =
      new AlternativeNames(List.of(), List.of(), List.of(), List.of(), List.of());

  /// A name of a kind of its own.
  public record Other(String oid, String utf8Value) {}

  public AlternativeNames {
    dnsNames = List.copyOf(dnsNames);
    ipAddresses = ipAddresses.stream().map(AlternativeNames::address).toList();
    uris = List.copyOf(uris);
    emailAddresses = List.copyOf(emailAddresses);
    otherNames = List.copyOf(otherNames);
  }

  /// One text for one address: `::1` and `0:0:0:0:0:0:0:1` are the same.
  private static String address(String text) {
    return InetAddress.ofLiteral(text).getHostAddress();
  }

  public boolean isEmpty() {
    return equals(NONE);
  }

  GeneralNames toGeneralNames() {
    var names = new ArrayList<GeneralName>();
    emailAddresses.forEach(
        e -> names.add(new GeneralName(GeneralName.rfc822Name, new DERIA5String(e))));
    dnsNames.forEach(d -> names.add(new GeneralName(GeneralName.dNSName, new DERIA5String(d))));
    uris.forEach(u ->
        names.add(new GeneralName(GeneralName.uniformResourceIdentifier, new DERIA5String(u))));
    ipAddresses.forEach(ip -> names.add(new GeneralName(GeneralName.iPAddress, ip)));
    otherNames.forEach(other -> names.add(other(other)));
    return new GeneralNames(names.toArray(GeneralName[]::new));
  }

  private static GeneralName other(Other other) {
    var content = new ASN1EncodableVector();
    content.add(new ASN1ObjectIdentifier(other.oid()));
    content.add(new DERTaggedObject(true, 0, new DERUTF8String(other.utf8Value())));
    return new GeneralName(GeneralName.otherName, new DERSequence(content));
  }

  /// @throws IllegalArgumentException when a name cannot be read
  static AlternativeNames of(GeneralNames general) {
    var dns = new ArrayList<String>();
    var addresses = new ArrayList<String>();
    var uris = new ArrayList<String>();
    var emails = new ArrayList<String>();
    var others = new ArrayList<Other>();
    for (GeneralName name : general.getNames()) {
      switch (name.getTagNo()) {
        case GeneralName.dNSName -> dns.add(text(name));
        case GeneralName.rfc822Name -> emails.add(text(name));
        case GeneralName.uniformResourceIdentifier -> uris.add(text(name));
        case GeneralName.iPAddress -> addresses.add(address(name));
        case GeneralName.otherName -> {
          var other = OtherName.getInstance(name.getName());
          if (other.getValue() instanceof ASN1String value) {
            others.add(new Other(other.getTypeID().getId(), value.getString()));
          }
        }
        default -> {} // directory names and the like, which nobody here asks for
      }
    }
    return new AlternativeNames(dns, addresses, uris, emails, others);
  }

  private static String text(GeneralName name) {
    return ASN1String.class.cast(name.getName()).getString();
  }

  private static String address(GeneralName name) {
    try {
      byte[] bytes = ASN1OctetString.getInstance(name.getName()).getOctets();
      return InetAddress.getByAddress(bytes).getHostAddress();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("an IP address of a wrong length", e);
    }
  }
}
