package io.croft.pki.x509;

import io.croft.pki.PkiException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.DERIA5String;
import org.bouncycastle.asn1.DERPrintableString;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x500.AttributeTypeAndValue;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;

/// The name of whom a certificate is about.
public final class Subject {
  /// The attributes that can be given one by one, in their order in a name.
  public enum Attribute {
    COUNTRY(BCStyle.C),
    ORGANIZATION(BCStyle.O),
    ORGANIZATIONAL_UNIT(BCStyle.OU),
    LOCALITY(BCStyle.L),
    PROVINCE(BCStyle.ST),
    STREET_ADDRESS(BCStyle.STREET),
    POSTAL_CODE(BCStyle.POSTAL_CODE),
    COMMON_NAME(BCStyle.CN),
    SERIAL_NUMBER(BCStyle.SERIALNUMBER);

    private final String id;

    Attribute(ASN1ObjectIdentifier oid) {
      this.id = oid.getId();
    }

    private ASN1ObjectIdentifier oid() {
      return new ASN1ObjectIdentifier(id);
    }
  }

  private static final Map<String, ASN1ObjectIdentifier> NAMES =
      Map.ofEntries(
          Map.entry("CN", BCStyle.CN),
          Map.entry("SERIALNUMBER", BCStyle.SERIALNUMBER),
          Map.entry("C", BCStyle.C),
          Map.entry("L", BCStyle.L),
          Map.entry("ST", BCStyle.ST),
          Map.entry("S", BCStyle.ST),
          Map.entry("STREET", BCStyle.STREET),
          Map.entry("O", BCStyle.O),
          Map.entry("OU", BCStyle.OU),
          Map.entry("DC", BCStyle.DC),
          Map.entry("UID", BCStyle.UID),
          Map.entry("POSTALCODE", BCStyle.POSTAL_CODE),
          Map.entry("T", BCStyle.T),
          Map.entry("TITLE", BCStyle.T),
          Map.entry("GN", BCStyle.GIVENNAME),
          Map.entry("GIVENNAME", BCStyle.GIVENNAME),
          Map.entry("SN", BCStyle.SURNAME),
          Map.entry("SURNAME", BCStyle.SURNAME),
          Map.entry("EMAILADDRESS", BCStyle.EmailAddress),
          Map.entry("E", BCStyle.EmailAddress));

  private final X500Name name;

  private Subject(X500Name name) {
    this.name = name;
  }

  static Subject of(X500Name name) {
    return new Subject(name);
  }

  /// Several values of an attribute stand side by side in one relative name.
  public static Subject of(Map<Attribute, List<String>> values) {
    var rdns = new ArrayList<RDN>();
    for (var entry : new EnumMap<>(withoutEmpty(values)).entrySet()) {
      ASN1ObjectIdentifier oid = entry.getKey().oid();
      rdns.add(
          new RDN(
              entry.getValue().stream()
                  .map(value -> new AttributeTypeAndValue(oid, text(oid, value)))
                  .toArray(AttributeTypeAndValue[]::new)));
    }
    return new Subject(new X500Name(rdns.toArray(RDN[]::new)));
  }

  private static Map<Attribute, List<String>> withoutEmpty(Map<Attribute, List<String>> values) {
    var map = new EnumMap<Attribute, List<String>>(Attribute.class);
    values.forEach((attribute, list) -> {
      List<String> present = list.stream().filter(v -> !v.isEmpty()).toList();
      if (!present.isEmpty()) {
        map.put(attribute, present);
      }
    });
    return map;
  }

  /// Reads a name as RFC 4514 writes it, which begins with the most special part.
  ///
  /// @throws PkiException telling what is wrong with it
  public static Subject literal(String text) throws PkiException {
    var rdns = new ArrayList<RDN>();
    var attributes = new ArrayList<AttributeTypeAndValue>();
    var scanner = new Scanner(text);
    while (true) {
      attributes.add(scanner.attribute());
      char separator = scanner.separator();
      if (separator != '+') {
        rdns.add(new RDN(attributes.toArray(AttributeTypeAndValue[]::new)));
        attributes.clear();
      }
      if (separator == 0) {
        break;
      }
    }
    Collections.reverse(rdns);
    return new Subject(new X500Name(rdns.toArray(RDN[]::new)));
  }

  /// As Go and OpenSSL do it: what can be printable is.
  private static ASN1Encodable text(ASN1ObjectIdentifier oid, String value) {
    if (oid.equals(BCStyle.DC) || oid.equals(BCStyle.EmailAddress)) {
      return new DERIA5String(value);
    }
    return DERPrintableString.isPrintableString(value)
        ? new DERPrintableString(value)
        : new DERUTF8String(value);
  }

  X500Name name() {
    return name;
  }

  public boolean isEmpty() {
    return name.getRDNs().length == 0;
  }

  /// The values of an attribute, in order.
  public List<String> values(Attribute attribute) {
    var values = new ArrayList<String>();
    for (RDN rdn : name.getRDNs()) {
      for (AttributeTypeAndValue part : rdn.getTypesAndValues()) {
        if (part.getType().equals(attribute.oid()) && part.getValue() instanceof ASN1String text) {
          values.add(text.getString());
        }
      }
    }
    return values;
  }

  /// The last common name, or empty.
  public String commonName() {
    List<String> names = values(Attribute.COMMON_NAME);
    return names.isEmpty() ? "" : names.getLast();
  }

  /// Whether both have the same attributes, whatever their order.
  public boolean sameValues(Subject other) {
    for (Attribute attribute : Attribute.values()) {
      if (!sorted(values(attribute)).equals(sorted(other.values(attribute)))) {
        return false;
      }
    }
    return true;
  }

  private static List<String> sorted(Collection<String> values) {
    return values.stream().sorted().toList();
  }

  public byte[] der() {
    try {
      return name.getEncoded("DER");
    } catch (IOException e) {
      throw new IllegalStateException("a name without an encoding", e);
    }
  }

  @Override
  public String toString() {
    return name.toString();
  }

  /// Walks over `type=value` parts (RFC 4514, section 3).
  private static final class Scanner {
    private final String text;
    private int at;

    Scanner(String text) {
      this.text = text;
    }

    AttributeTypeAndValue attribute() throws PkiException {
      int equals = text.indexOf('=', at);
      if (equals < 0) {
        throw new PkiException("expected TYPE=VALUE at position " + at);
      }
      String type = text.substring(at, equals).strip();
      at = equals + 1;
      ASN1ObjectIdentifier oid = oid(type);
      String value = value();
      if (value.isEmpty()) {
        throw new PkiException(type + " has no value");
      }
      return new AttributeTypeAndValue(oid, text(oid, value));
    }

    private static ASN1ObjectIdentifier oid(String type) throws PkiException {
      ASN1ObjectIdentifier named = NAMES.get(type.toUpperCase(Locale.ROOT));
      if (named != null) {
        return named;
      }
      ASN1ObjectIdentifier dotted = ASN1ObjectIdentifier.tryFromID(type);
      if (dotted == null) {
        throw new PkiException("no attribute is called \"" + type + "\"");
      }
      return dotted;
    }

    private String value() throws PkiException {
      while (at < text.length() && text.charAt(at) == ' ') {
        at++;
      }
      if (at < text.length() && text.charAt(at) == '#') {
        throw new PkiException("values in hexadecimal are not supported");
      }
      var bytes = new ByteArrayOutputStream();
      int keep = 0; // how much of it must not be stripped
      while (at < text.length() && ",+;".indexOf(text.charAt(at)) < 0) {
        char c = text.charAt(at);
        if (c == '\\') {
          at++;
          escaped(bytes);
          keep = bytes.size();
        } else {
          int point = text.codePointAt(at);
          at += Character.charCount(point);
          bytes.writeBytes(Character.toString(point).getBytes(StandardCharsets.UTF_8));
          if (c != ' ') {
            keep = bytes.size();
          }
        }
      }
      return new String(bytes.toByteArray(), 0, keep, StandardCharsets.UTF_8);
    }

    private void escaped(ByteArrayOutputStream bytes) throws PkiException {
      if (at >= text.length()) {
        throw new PkiException("ends with a backslash");
      }
      char c = text.charAt(at);
      if (at + 1 < text.length()
          && HexFormat.isHexDigit(c)
          && HexFormat.isHexDigit(text.charAt(at + 1))) {
        bytes.write(HexFormat.fromHexDigits(text, at, at + 2));
        at += 2;
      } else if (" \"#+,;<=>\\".indexOf(c) >= 0) {
        bytes.write(c);
        at++;
      } else {
        throw new PkiException("\"\\" + c + "\" escapes nothing");
      }
    }

    /// What stands behind an attribute: a comma, a plus, or 0 at the end.
    char separator() {
      return at < text.length() ? (text.charAt(at++) == '+' ? '+' : ',') : 0;
    }
  }
}
