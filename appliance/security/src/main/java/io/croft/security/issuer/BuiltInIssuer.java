package io.croft.security.issuer;

import io.croft.base.Component;
import io.croft.client.ApiClient;
import io.croft.client.Informers;
import io.croft.security.AllOpenRoutes;
import io.croft.security.Authenticator;
import io.croft.security.OpenRoutes;
import io.croft.security.identity.LocalUsers;
import io.croft.security.identity.Login;
import io.croft.security.identity.UserDirectories;
import io.croft.security.token.IssuedTokens;
import java.text.ParseException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The OpenID Connect issuer for local users, all of it: its endpoints, its tokens, and what has to
/// be done from time to time.
public final class BuiltInIssuer implements Component {
  /// Below the address of the gateway.
  public static final String PATH = "/identity";

  private static final Logger LOG = LoggerFactory.getLogger(BuiltInIssuer.class);
  private static final Duration UPKEEP = Duration.ofMinutes(30);

  private final KeyStore keys;
  private final Sessions sessions;
  private final IdTokens tokens;
  private final Login login;
  private final OpenRoutes routes;
  private final Authenticator cookies;
  private volatile boolean ready;
  private @Nullable Thread upkeep;

  /// @param url as in the tokens
  /// @param objects reads users and their Secrets as they are at the moment
  /// @param directories where other users are
  public BuiltInIssuer(
      Supplier<String> url,
      LocalUsers.Objects objects,
      UserDirectories directories,
      ApiClient client,
      Informers informers,
      InstantSource clock) {
    var users = new LocalUsers(objects, informers);
    this.keys = new KeyStore(client, clock);
    this.sessions = new Sessions(users, directories, client, clock);
    this.tokens = new IdTokens(url, keys, sessions, clock);
    this.cookies = new CookieAuthenticator(sessions);
    this.login = new Login(users, directories, client, clock);
    var passwords = new PasswordForm(login, new FormGuard());
    this.routes =
        new AllOpenRoutes(
            List.of(
                new SessionRoutes(sessions, passwords),
                new IssuerRoutes(
                    url,
                    keys,
                    passwords,
                    sessions,
                    tokens,
                    new DeviceCodes(clock),
                    new AuthorizationCodes(clock),
                    clock)));
  }

  /// Knows browsers by their session cookies.
  public Authenticator cookies() {
    return cookies;
  }

  public OpenRoutes routes() {
    return routes;
  }

  public IssuedTokens tokens() {
    return tokens;
  }

  @Override
  public String name() {
    return "identity-issuer";
  }

  @Override
  public synchronized void start() {
    // Everything else works without, and is needed to mend it.
    refreshKeys();
    rememberOrigins();
    upkeep = Thread.ofVirtual().name("identity-upkeep").start(this::keepUp);
    ready = true;
  }

  @Override
  public boolean ready() {
    return ready;
  }

  @Override
  public synchronized void stop() {
    ready = false;
    if (upkeep != null) {
      upkeep.interrupt();
    }
  }

  private void refreshKeys() {
    try {
      keys.refresh();
    } catch (ParseException | RuntimeException e) {
      LOG.error("Signing keys cannot be looked after; without any, nobody can log in", e);
    }
  }

  /// So that nobody can keep those out from afar who had logged in before a restart.
  private void rememberOrigins() {
    try {
      sessions.forEachBrowser((name, address) -> login.knows(name, PasswordForm.origin(address)));
    } catch (RuntimeException e) {
      LOG.error("Sessions cannot be looked at; who has one is not known until the next login", e);
    }
  }

  private void keepUp() {
    try {
      while (true) {
        Thread.sleep(UPKEEP);
        refreshKeys();
        try {
          sessions.sweep();
        } catch (RuntimeException e) {
          LOG.error("Sessions cannot be looked after", e);
        }
      }
    } catch (InterruptedException e) {
      LOG.debug("signing keys and sessions are no longer looked after");
    }
  }
}
