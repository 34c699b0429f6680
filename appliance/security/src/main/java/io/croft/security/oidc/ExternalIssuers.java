package io.croft.security.oidc;

import io.croft.base.Component;
import io.croft.security.oidc.AuthenticationConfiguration.InvalidConfigurationException;
import io.croft.security.token.InvalidTokenException;
import io.croft.security.token.IssuedTokens;
import io.croft.security.token.ServiceAccountTokens;
import io.croft.security.token.TokenVerifier;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The issuers that an `AuthenticationConfiguration` names. The file is looked at again while this
/// runs; one that has become wrong is reported, and the one before stays in force. Thread-safe.
public final class ExternalIssuers implements Component, IssuedTokens {
  private static final Logger LOG = LoggerFactory.getLogger(ExternalIssuers.class);
  private static final Duration LOOK = Duration.ofSeconds(2);
  private static final int MAX_BYTES = 1 << 20;

  private final Path file;
  private final ClaimExpressions expressions;
  private final Set<String> disallowed;
  private final InstantSource clock;
  private volatile Map<String, Issuer> issuers = Map.of();
  private byte[] text = {};
  private @Nullable Thread watcher;

  private record Issuer(JwtIssuer declared, JwtAuthenticator authenticator, HttpsFetch fetch) {}

  /// @param disallowed issuers that are known otherwise
  public ExternalIssuers(
      Path file, ClaimExpressions expressions, Set<String> disallowed, InstantSource clock) {
    this.file = file;
    this.expressions = expressions;
    this.disallowed = Set.copyOf(disallowed);
    this.clock = clock;
  }

  @Override
  public String name() {
    return "external-issuers";
  }

  @Override
  public void init() throws IOException {
    byte[] read = read();
    try {
      use(read);
    } catch (InvalidConfigurationException | GeneralSecurityException e) {
      throw new IOException(file + ": " + e.getMessage());
    }
    text = read;
  }

  @Override
  public synchronized void start() {
    watcher = Thread.ofVirtual().name("authentication-configuration").start(this::watch);
  }

  @Override
  public synchronized void stop() {
    if (watcher != null) {
      watcher.interrupt();
    }
    issuers.values().forEach(issuer -> issuer.fetch().close());
  }

  private void watch() {
    try {
      while (true) {
        Thread.sleep(LOOK);
        reloadIfChanged();
      }
    } catch (InterruptedException e) {
      LOG.debug("the authentication configuration is no longer watched");
    }
  }

  void reloadIfChanged() {
    try {
      byte[] read = read();
      if (Arrays.equals(read, text)) {
        return;
      }
      text = read; // also of a wrong one, so that it is reported once
      use(read);
      LOG.atInfo().addKeyValue("file", file).log("Took over the authentication configuration");
    } catch (IOException | InvalidConfigurationException | GeneralSecurityException e) {
      LOG.atError()
          .addKeyValue("file", file)
          .addKeyValue("reason", e.getMessage())
          .log("The authentication configuration cannot be used; the one before stays in force");
    }
  }

  private byte[] read() throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw new IOException(file + " is longer than " + MAX_BYTES + " bytes");
      }
      return bytes;
    }
  }

  private void use(byte[] yaml)
      throws InvalidConfigurationException, GeneralSecurityException, IOException {
    var configuration = AuthenticationConfiguration.read(yaml, expressions, disallowed);
    Map<String, Issuer> before = issuers;
    var after = new HashMap<String, Issuer>();
    for (JwtIssuer declared : configuration.issuers()) {
      var fetch = new HttpsFetch(declared.authorities());
      var keys = new IssuerKeys(declared.url(), declared.discoveryUrl(), fetch::get, clock);
      var authenticator = new JwtAuthenticator(declared, keys, clock);
      after.put(declared.url(), new Issuer(declared, authenticator, fetch));
    }
    issuers = Map.copyOf(after);
    before.values().forEach(issuer -> issuer.fetch().close());
  }

  @Override
  public boolean knows(String issuer) {
    return issuers.containsKey(issuer);
  }

  @Override
  public TokenVerifier.Verified verify(String token, List<String> audiences)
      throws InvalidTokenException {
    if (!IssuedTokens.includeApi(audiences)) {
      throw new InvalidTokenException("the token is for another audience");
    }
    Issuer issuer = issuers.get(SignedToken.parse(token).issuer());
    if (issuer == null) {
      throw new InvalidTokenException("the token is of another issuer");
    }
    return new TokenVerifier.Verified(
        issuer.authenticator().authenticate(token), List.of(ServiceAccountTokens.ISSUER));
  }
}
