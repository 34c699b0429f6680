package io.croft.security.oidc;

import io.croft.base.Component;
import io.croft.security.Standing;
import io.croft.security.config.WatchedFile;
import io.croft.security.oidc.AuthenticationConfiguration.InvalidConfigurationException;
import io.croft.security.token.InvalidTokenException;
import io.croft.security.token.IssuedTokens;
import io.croft.security.token.ServiceAccountTokens;
import io.croft.security.token.TokenVerifier;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The issuers that an `AuthenticationConfiguration` names. Thread-safe.
public final class ExternalIssuers implements Component, IssuedTokens {
  private static final int MAX_BYTES = 1 << 20;

  private final WatchedFile file;
  private final ClaimExpressions expressions;
  private final Set<String> disallowed;
  private final InstantSource clock;
  private volatile Map<String, Issuer> issuers = Map.of();

  private record Issuer(JwtIssuer declared, JwtAuthenticator authenticator, HttpsFetch fetch) {}

  /// @param disallowed issuers that are known otherwise
  public ExternalIssuers(
      Path file, ClaimExpressions expressions, Set<String> disallowed, InstantSource clock) {
    this.file = new WatchedFile(file, MAX_BYTES, this::use);
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
    file.open();
  }

  @Override
  public void start() {
    file.watch();
  }

  @Override
  public void stop() {
    file.close();
    issuers.values().forEach(issuer -> issuer.fetch().close());
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
    String named = SignedToken.parse(token).issuer();
    Issuer issuer = issuers.get(named);
    if (issuer == null) {
      throw new InvalidTokenException("the token is of another issuer");
    }
    return new TokenVerifier.Verified(
        issuer.authenticator().authenticate(token),
        List.of(ServiceAccountTokens.ISSUER),
        Optional.of(Standing.of("issuer " + named, () -> knows(named))));
  }
}
