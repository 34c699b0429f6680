package io.croft.gateway;

import io.croft.pki.Identity;
import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/// Chooses what the server proves itself with by the name that a client asks for (SNI): what there
/// is for the name, else for the longest wildcard that covers it, else the appliance's own.
final class ServerKeys extends X509ExtendedKeyManager {
  /// No host has this name.
  private static final String OWN = "/";

  private final Map<String, Identity> identities = new HashMap<>();

  ServerKeys(TlsMaterial material) {
    material.named().forEach((name, i) -> identities.put(name.toLowerCase(Locale.ROOT), i));
    identities.put(OWN, new Identity(material.key(), material.chain()));
  }

  /// Whether OpenSSL, which is not told of others, can use all of them.
  boolean fitOpenSsl() {
    return identities.values().stream()
        .map(identity -> identity.key().getAlgorithm())
        .allMatch(algorithm -> algorithm.equals("RSA") || algorithm.equals("EC"));
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String keyType, Principal @Nullable [] issuers, SSLEngine engine) {
    if (engine.getHandshakeSession() instanceof ExtendedSSLSession session) {
      for (SNIServerName name : session.getRequestedServerNames()) {
        if (name instanceof SNIHostName host) {
          return usable(alias(host.getAsciiName().toLowerCase(Locale.ROOT)), keyType);
        }
      }
    }
    return usable(OWN, keyType);
  }

  /// A cipher suite or scheme for other keys than ours is not to be had.
  private @Nullable String usable(String alias, String keyType) {
    Identity identity = identities.get(alias);
    String algorithm = identity == null ? "" : identity.key().getAlgorithm();
    return algorithm.equals(keyType)
            || (keyType.equals("EdDSA") && algorithm.startsWith("Ed"))
            || (keyType.startsWith("RSA") && algorithm.equals("RSA"))
            || (keyType.startsWith("EC") && algorithm.equals("EC"))
        ? alias
        : null;
  }

  private String alias(String host) {
    if (identities.containsKey(host)) {
      return host;
    }
    for (int dot = host.indexOf('.'); dot > 0; dot = host.indexOf('.', dot + 1)) {
      String wildcard = "*" + host.substring(dot);
      if (identities.containsKey(wildcard)) {
        return wildcard;
      }
    }
    return OWN;
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(String alias) {
    Identity identity = identities.get(alias);
    return identity == null ? null : identity.chain().toArray(X509Certificate[]::new);
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(String alias) {
    Identity identity = identities.get(alias);
    return identity == null ? null : identity.key();
  }

  @Override
  public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    List<String> usable =
        identities.keySet().stream().filter(alias -> usable(alias, keyType) != null).toList();
    return usable.isEmpty() ? null : usable.toArray(String[]::new);
  }

  @Override
  public @Nullable String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, Socket socket) {
    return usable(OWN, keyType);
  }

  @Override
  public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    return null;
  }

  @Override
  public @Nullable String chooseClientAlias(
      String[] keyType, Principal @Nullable [] issuers, Socket socket) {
    return null;
  }
}
