package io.croft.pki.x509;

import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.jspecify.annotations.Nullable;

/// What a key is certified for, in the words of cert-manager.
public enum Usage {
  SIGNING("signing", KeyUsage.digitalSignature),
  DIGITAL_SIGNATURE("digital signature", KeyUsage.digitalSignature),
  CONTENT_COMMITMENT("content commitment", KeyUsage.nonRepudiation),
  KEY_ENCIPHERMENT("key encipherment", KeyUsage.keyEncipherment),
  KEY_AGREEMENT("key agreement", KeyUsage.keyAgreement),
  DATA_ENCIPHERMENT("data encipherment", KeyUsage.dataEncipherment),
  CERT_SIGN("cert sign", KeyUsage.keyCertSign),
  CRL_SIGN("crl sign", KeyUsage.cRLSign),
  ENCIPHER_ONLY("encipher only", KeyUsage.encipherOnly),
  DECIPHER_ONLY("decipher only", KeyUsage.decipherOnly),
  ANY("any", KeyPurposeId.anyExtendedKeyUsage),
  SERVER_AUTH("server auth", KeyPurposeId.id_kp_serverAuth),
  CLIENT_AUTH("client auth", KeyPurposeId.id_kp_clientAuth),
  CODE_SIGNING("code signing", KeyPurposeId.id_kp_codeSigning),
  EMAIL_PROTECTION("email protection", KeyPurposeId.id_kp_emailProtection),
  S_MIME("s/mime", KeyPurposeId.id_kp_emailProtection),
  IPSEC_END_SYSTEM("ipsec end system", KeyPurposeId.id_kp_ipsecEndSystem),
  IPSEC_TUNNEL("ipsec tunnel", KeyPurposeId.id_kp_ipsecTunnel),
  IPSEC_USER("ipsec user", KeyPurposeId.id_kp_ipsecUser),
  TIMESTAMPING("timestamping", KeyPurposeId.id_kp_timeStamping),
  OCSP_SIGNING("ocsp signing", KeyPurposeId.id_kp_OCSPSigning),
  MICROSOFT_SGC("microsoft sgc", purpose("1.3.6.1.4.1.311.10.3.3")),
  NETSCAPE_SGC("netscape sgc", purpose("2.16.840.1.113730.4.1"));

  /// What a certificate is for that does not say.
  public static final Set<Usage> DEFAULT = Set.of(DIGITAL_SIGNATURE, KEY_ENCIPHERMENT);

  private final String text;
  private final int bit;
  private final String purpose;

  Usage(String text, int bit) {
    this.text = text;
    this.bit = bit;
    this.purpose = "";
  }

  Usage(String text, KeyPurposeId purpose) {
    this.text = text;
    this.bit = 0;
    this.purpose = purpose.getId();
  }

  private static KeyPurposeId purpose(String oid) {
    return KeyPurposeId.getInstance(new ASN1ObjectIdentifier(oid));
  }

  public String text() {
    return text;
  }

  public static Optional<Usage> named(String text) {
    return Arrays.stream(values()).filter(u -> u.text.equals(text)).findFirst();
  }

  /// Without doubles: `signing` is `digital signature`, `s/mime` is `email protection`.
  public static Set<Usage> canonical(Collection<Usage> usages) {
    var canonical = EnumSet.noneOf(Usage.class);
    for (Usage usage : usages) {
      canonical.add(
          switch (usage) {
            case SIGNING -> DIGITAL_SIGNATURE;
            case S_MIME -> EMAIL_PROTECTION;
            default -> usage;
          });
    }
    return canonical;
  }

  static @Nullable KeyUsage bits(Collection<Usage> usages) {
    int bits = 0;
    for (Usage usage : usages) {
      bits |= usage.bit;
    }
    return bits == 0 ? null : new KeyUsage(bits);
  }

  static @Nullable ExtendedKeyUsage purposes(Collection<Usage> usages) {
    var purposes =
        canonical(usages).stream()
            .filter(u -> !u.purpose.isEmpty())
            .map(u -> purpose(u.purpose))
            .toArray(KeyPurposeId[]::new);
    return purposes.length == 0 ? null : new ExtendedKeyUsage(purposes);
  }

  static Set<Usage> of(@Nullable KeyUsage bits, @Nullable ExtendedKeyUsage purposes) {
    var usages = EnumSet.noneOf(Usage.class);
    for (Usage usage : values()) {
      boolean bit = bits != null && usage.bit != 0 && bits.hasUsages(usage.bit);
      boolean purpose =
          purposes != null
              && !usage.purpose.isEmpty()
              && purposes.hasKeyPurposeId(purpose(usage.purpose));
      if (bit || purpose) {
        usages.add(usage);
      }
    }
    return canonical(usages);
  }
}
