package io.croft.certificates.trust;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.pki.PkiException;
import io.croft.pki.x509.Keystores;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The further formats in which a bundle is written.
final class TrustStores {
  private static final String ALIAS = "ca";

  private TrustStores() {}

  /// By key.
  ///
  /// @param formats `spec.target.additionalFormats`
  static Map<String, byte[]> of(JsonNode formats, List<X509Certificate> certificates)
      throws PkiException {
    var stores = new LinkedHashMap<String, byte[]>();
    JsonNode jks = formats.path("jks");
    if (jks.isObject()) {
      stores.put(
          jks.path("key").asText(""),
          Keystores.withTrusted(
              Keystores.Format.JKS, ALIAS, certificates, jks.path("password").asText("changeit")));
    }
    JsonNode pkcs12 = formats.path("pkcs12");
    if (pkcs12.isObject()) {
      String password = pkcs12.path("password").asText("");
      var format = Keystores.Format.pkcs12(pkcs12.path("profile").asText(""));
      stores.put(
          pkcs12.path("key").asText(""),
          password.isEmpty()
              ? open(certificates)
              : Keystores.withTrusted(format, ALIAS, certificates, password));
    }
    return stores;
  }

  /// PKCS#12 that is neither encrypted nor sealed: what is in it is public.
  private static byte[] open(List<X509Certificate> certificates) throws PkiException {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      for (int i = 0; i < certificates.size(); i++) {
        store.setCertificateEntry(i == 0 ? ALIAS : ALIAS + "-" + i, certificates.get(i));
      }
      var bytes = new ByteArrayOutputStream();
      store.store(bytes, null);
      return bytes.toByteArray();
    } catch (GeneralSecurityException | IOException e) {
      throw new PkiException("cannot write a trust store: " + e.getMessage(), e);
    }
  }
}
