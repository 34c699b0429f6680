package io.croft.pki;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidParameterException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.ProviderException;
import java.security.Security;
import java.security.UnrecoverableKeyException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/// A private key on a PKCS#11 token (a smart card, an HSM), which signs there and never leaves it.
///
/// @param chain the certificate that is stored with it, and those above it that are stored as well
public record TokenKey(PrivateKey key, List<X509Certificate> chain) {
  private static final String PROVIDER = "SunPKCS11";

  public TokenKey {
    chain = List.copyOf(chain);
  }

  /// Logs in to a token. The key signs for as long as this process lives.
  ///
  /// @param configuration names the token's library and slot, in the format of the JDK's provider
  /// @param alias the label of the certificate; may be empty where there is one key only
  /// @throws PkiException saying in one line what is wrong; the PIN is never part of it
  public static TokenKey open(Path configuration, Optional<String> alias, char[] pin)
      throws PkiException {
    Provider provider = provider(configuration);
    KeyStore store = load(provider, configuration, pin);
    Security.addProvider(provider); // whoever signs with the key finds it so
    try {
      String wanted = alias.isPresent() ? alias.get() : only(store, configuration);
      if (store.getKey(wanted, null) instanceof PrivateKey key) {
        return new TokenKey(key, chain(store, wanted));
      }
      throw new PkiException(
          "the token of %s has no key \"%s\" with a certificate; there are %s"
              .formatted(configuration, wanted, keys(store)));
    } catch (GeneralSecurityException | ProviderException e) {
      throw new PkiException("the token of %s: %s".formatted(configuration, reason(e)), e);
    }
  }

  private static Provider provider(Path configuration) throws PkiException {
    Provider plain = Security.getProvider(PROVIDER);
    if (plain == null) {
      throw new PkiException("this build has no support for PKCS#11 tokens");
    }
    try {
      return plain.configure(configuration.toString());
    } catch (InvalidParameterException | ProviderException | UnsupportedOperationException e) {
      throw new PkiException(
          "%s does not lead to a PKCS#11 token: %s".formatted(configuration, reason(e)), e);
    }
  }

  private static KeyStore load(Provider provider, Path configuration, char[] pin)
      throws PkiException {
    try {
      KeyStore store = KeyStore.getInstance("PKCS11", provider);
      store.load(null, pin);
      return store;
    } catch (IOException e) {
      if (e.getCause() instanceof UnrecoverableKeyException
          || reason(e).contains("CKR_PIN_INCORRECT")) {
        throw new PkiException("the token of %s refuses the PIN".formatted(configuration), e);
      }
      throw new PkiException(
          "cannot log in to the token of %s: %s".formatted(configuration, reason(e)), e);
    } catch (GeneralSecurityException | ProviderException e) {
      throw new PkiException(
          "cannot read the token of %s: %s".formatted(configuration, reason(e)), e);
    }
  }

  private static String only(KeyStore store, Path configuration)
      throws GeneralSecurityException, PkiException {
    List<String> keys = keys(store);
    if (keys.size() != 1) {
      throw new PkiException(
          keys.isEmpty()
              ? "the token of %s has no key with a certificate".formatted(configuration)
              : "the token of %s has several keys, say which: %s".formatted(configuration, keys));
    }
    return keys.getFirst();
  }

  private static List<String> keys(KeyStore store) throws GeneralSecurityException {
    var keys = new ArrayList<String>();
    for (String alias : Collections.list(store.aliases())) {
      if (store.isKeyEntry(alias)) {
        keys.add(alias);
      }
    }
    Collections.sort(keys);
    return keys;
  }

  private static List<X509Certificate> chain(KeyStore store, String alias)
      throws GeneralSecurityException {
    var chain = new ArrayList<X509Certificate>();
    for (Certificate certificate : store.getCertificateChain(alias)) {
      if (certificate instanceof X509Certificate x509) {
        chain.add(x509);
      }
    }
    return chain;
  }

  /// What lies deepest says most: `CKR_…`, or the library that cannot be loaded.
  private static String reason(Throwable error) {
    Throwable at = error;
    while (at.getCause() != null) {
      at = at.getCause();
    }
    return String.valueOf(at.getMessage()).lines().findFirst().orElse("");
  }

  /// Never shows the key.
  @Override
  public String toString() {
    return "TokenKey[" + chain.getFirst().getSubjectX500Principal() + "]";
  }
}
