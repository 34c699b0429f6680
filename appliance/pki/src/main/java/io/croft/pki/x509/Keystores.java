package io.croft.pki.x509;

import io.croft.pki.PkiException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Locale;

/// Keystores for those who cannot read PEM.
public final class Keystores {
  /// A format, and how it protects what it holds.
  public enum Format {
    JKS("JKS", false),
    PKCS12_LEGACY_RC2("PKCS12", true),
    PKCS12_LEGACY_DES("PKCS12", true),
    /// PBES2 with AES-256, SHA-256.
    PKCS12_MODERN("PKCS12", false);

    /// What the JDK calls it.
    private final String type;

    /// Whether the JDK only reads it.
    private final boolean legacy;

    Format(String type, boolean legacy) {
      this.type = type;
      this.legacy = legacy;
    }

    /// By the name of a PKCS#12 profile of cert-manager; empty is the default.
    public static Format pkcs12(String profile) {
      return switch (profile.toLowerCase(Locale.ROOT)) {
        case "modern2023", "modern2026" -> PKCS12_MODERN;
        case "legacydes" -> PKCS12_LEGACY_DES;
        default -> PKCS12_LEGACY_RC2;
      };
    }
  }

  private Keystores() {}

  /// A keystore of one key.
  public static byte[] withKey(
      Format format, String alias, PrivateKey key, List<X509Certificate> chain, String password)
      throws PkiException {
    if (format.legacy) {
      var file = new LegacyPkcs12(format == Format.PKCS12_LEGACY_RC2, password);
      file.addKey(alias, key, chain);
      return file.encoded();
    }
    return store(
        format,
        password,
        store ->
            store.setKeyEntry(
                alias, key, password.toCharArray(), chain.toArray(Certificate[]::new)));
  }

  /// A keystore of those who are trusted.
  public static byte[] withTrusted(
      Format format, String alias, List<X509Certificate> trusted, String password)
      throws PkiException {
    if (format.legacy) {
      var file = new LegacyPkcs12(format == Format.PKCS12_LEGACY_RC2, password);
      for (int i = 0; i < trusted.size(); i++) {
        file.addTrusted(alias(alias, i), trusted.get(i));
      }
      return file.encoded();
    }
    return store(
        format,
        password,
        store -> {
          for (int i = 0; i < trusted.size(); i++) {
            store.setCertificateEntry(alias(alias, i), trusted.get(i));
          }
        });
  }

  private static String alias(String first, int index) {
    return index == 0 ? first : first + "-" + index;
  }

  /// Whether a keystore can be opened with the password and has the certificate, with the key if
  /// one is expected, under the alias.
  public static boolean holds(
      byte[] keystore, Format format, String alias, X509Certificate certificate, String password) {
    try {
      KeyStore store = KeyStore.getInstance(format.type);
      store.load(new ByteArrayInputStream(keystore), password.toCharArray());
      return certificate.equals(store.getCertificate(alias));
    } catch (GeneralSecurityException | IOException e) {
      return false;
    }
  }

  private interface Filling {
    void fill(KeyStore store) throws GeneralSecurityException;
  }

  private static byte[] store(Format format, String password, Filling filling) throws PkiException {
    try {
      KeyStore store = KeyStore.getInstance(format.type);
      store.load(null, null);
      filling.fill(store);
      var bytes = new ByteArrayOutputStream();
      store.store(bytes, password.toCharArray());
      return bytes.toByteArray();
    } catch (GeneralSecurityException | IOException e) {
      throw new PkiException("cannot write a keystore: " + e.getMessage(), e);
    }
  }
}
