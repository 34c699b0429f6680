package io.croft.pki.x509;

import io.croft.pki.PkiException;
import java.io.IOException;
import java.security.PrivateKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERBMPString;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.crypto.BlockCipher;
import org.bouncycastle.crypto.engines.DESedeEngine;
import org.bouncycastle.crypto.engines.RC2Engine;
import org.bouncycastle.crypto.modes.CBCBlockCipher;
import org.bouncycastle.operator.OutputEncryptor;
import org.bouncycastle.pkcs.PKCS12PfxPduBuilder;
import org.bouncycastle.pkcs.PKCS12SafeBag;
import org.bouncycastle.pkcs.PKCS12SafeBagBuilder;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.bc.BcPKCS12MacCalculatorBuilder;
import org.bouncycastle.pkcs.bc.BcPKCS12PBEOutputEncryptorBuilder;

/// Writes PKCS#12 (RFC 7292) with the ciphers of its first version, for those who read no others:
/// the key by Triple DES, the certificates by that or by RC2 with 40 bits, integrity by SHA-1. The
/// JDK reads such files, but writes them only when all of the process's are to be like that.
final class LegacyPkcs12 {
  private static final int ROUNDS = 10_000;

  /// By which Java knows the certificates that are trusted.
  private static final ASN1ObjectIdentifier TRUSTED_FOR =
      new ASN1ObjectIdentifier("2.16.840.1.113894.746875.1.1");

  private final boolean rc2;
  private final char[] password;
  private final List<PKCS12SafeBag> certificates = new ArrayList<>();
  private final PKCS12PfxPduBuilder file = new PKCS12PfxPduBuilder();

  /// @param rc2 whether certificates are protected by RC2
  LegacyPkcs12(boolean rc2, String password) {
    this.rc2 = rc2;
    this.password = password.toCharArray();
  }

  /// @param chain that of the key's certificate, which is the first
  void addKey(String alias, PrivateKey key, List<X509Certificate> chain) throws PkiException {
    try {
      var name = new DERBMPString(alias);
      var pair = new DEROctetString(new byte[] {1});
      file.addData(
          new PKCS12SafeBagBuilder(PrivateKeyInfo.getInstance(key.getEncoded()), tripleDes())
              .addBagAttribute(PKCS12SafeBag.friendlyNameAttribute, name)
              .addBagAttribute(PKCS12SafeBag.localKeyIdAttribute, pair)
              .build());
      for (X509Certificate certificate : chain) {
        PKCS12SafeBagBuilder bag = bag(certificate);
        if (certificates.isEmpty()) {
          bag.addBagAttribute(PKCS12SafeBag.friendlyNameAttribute, name)
              .addBagAttribute(PKCS12SafeBag.localKeyIdAttribute, pair);
        }
        certificates.add(bag.build());
      }
    } catch (IOException | CertificateEncodingException e) {
      throw failed(e);
    }
  }

  void addTrusted(String alias, X509Certificate certificate) throws PkiException {
    try {
      certificates.add(
          bag(certificate)
              .addBagAttribute(PKCS12SafeBag.friendlyNameAttribute, new DERBMPString(alias))
              .addBagAttribute(TRUSTED_FOR, KeyPurposeId.anyExtendedKeyUsage)
              .build());
    } catch (IOException | CertificateEncodingException e) {
      throw failed(e);
    }
  }

  byte[] encoded() throws PkiException {
    try {
      file.addEncryptedData(rc2 ? rc2() : tripleDes(), certificates.toArray(PKCS12SafeBag[]::new));
      var integrity = new BcPKCS12MacCalculatorBuilder().setIterationCount(ROUNDS);
      return file.build(integrity, password).getEncoded(ASN1Encoding.DER);
    } catch (IOException | PKCSException e) {
      throw failed(e);
    }
  }

  private static PKCS12SafeBagBuilder bag(X509Certificate certificate)
      throws IOException, CertificateEncodingException {
    return new PKCS12SafeBagBuilder(new X509CertificateHolder(certificate.getEncoded()));
  }

  private OutputEncryptor tripleDes() {
    return encryptor(PKCSObjectIdentifiers.pbeWithSHAAnd3_KeyTripleDES_CBC, new DESedeEngine());
  }

  private OutputEncryptor rc2() {
    return encryptor(PKCSObjectIdentifiers.pbeWithSHAAnd40BitRC2_CBC, new RC2Engine());
  }

  private OutputEncryptor encryptor(ASN1ObjectIdentifier algorithm, BlockCipher cipher) {
    return new BcPKCS12PBEOutputEncryptorBuilder(algorithm, CBCBlockCipher.newInstance(cipher))
        .setIterationCount(ROUNDS)
        .build(password);
  }

  private static PkiException failed(Exception cause) {
    return new PkiException("cannot write a keystore: " + cause.getMessage(), cause);
  }
}
