package io.croft.security.issuer;

import io.croft.client.ApiClient;
import io.croft.client.DeleteOptions;
import io.croft.client.ListOptions;
import io.croft.model.ApiObject;
import io.croft.model.StatusException;
import io.croft.model.StatusReason;
import io.croft.security.Standing;
import io.croft.security.identity.Credentials;
import io.croft.security.identity.IdentityKinds;
import io.croft.security.identity.LocalUsers;
import io.croft.security.identity.Login.Outcome.LoggedIn;
import io.croft.security.identity.LoginUser;
import io.croft.security.identity.SecretObject;
import io.croft.security.identity.UserDirectories;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Opens, continues and ends sessions. Thread-safe.
final class Sessions {
  private static final Logger LOG = LoggerFactory.getLogger(Sessions.class);

  /// How many a user may have open; the oldest ends for a new one.
  private static final int MAX_OF_USER = 32;

  /// How late users are out who were disabled or removed in their directory.
  static final Duration DIRECTORY_AGE = Duration.ofMinutes(1);

  private static final Pattern COOKIE = Pattern.compile("([a-z0-9]{20})\\.[A-Za-z0-9_-]{43}");

  private static final Pattern TOKEN =
      Pattern.compile("([a-z0-9]{20})\\.[A-Za-z0-9_-]{22}\\.[A-Za-z0-9_-]{43}");

  private final LocalUsers users;
  private final UserDirectories directories;
  private final ApiClient client;
  private final InstantSource clock;

  Sessions(LocalUsers users, UserDirectories directories, ApiClient client, InstantSource clock) {
    this.users = users;
    this.directories = directories;
    this.client = client;
    this.clock = clock;
  }

  /// A session that goes on.
  ///
  /// @param refreshToken by which it is continued next
  /// @param nonce that the client wants to see in the ID token; may be empty
  record Continued(Session session, LoginUser user, String refreshToken, String nonce) {}

  /// Opens a session for who has logged in.
  ///
  /// @return empty when the user may not log in any more, or not by what was shown
  Optional<Continued> open(LoggedIn login, String nonce) {
    Instant now = clock.instant();
    Session session = Session.create(login, now);
    String token = session.firstToken(now);
    Optional<LoginUser> user = userOf(session, now);
    if (user.isEmpty()) {
      return Optional.empty();
    }
    store(session, user.get());
    return Optional.of(new Continued(session, user.get(), token, nonce));
  }

  /// The session of a browser, and what it shows.
  record Browser(Session session, LoginUser user, String cookie) {}

  /// Opens a session for who has logged in by a browser.
  ///
  /// @param address from where
  /// @return empty when the user may not log in any more, or not by what was shown
  Optional<Browser> openForBrowser(LoggedIn login, String address) {
    Instant now = clock.instant();
    Session session = Session.create(login, now);
    String cookie = session.openCookie(address, now);
    Optional<LoginUser> user = userOf(session, now);
    user.ifPresent(known -> store(session, known));
    return user.map(known -> new Browser(session, known, cookie));
  }

  /// The session of a cookie; empty when that is not good.
  Optional<Browser> byCookie(String cookie) {
    var parts = COOKIE.matcher(cookie);
    if (!parts.matches()) {
      return Optional.empty();
    }
    Instant now = clock.instant();
    return find(parts.group(1))
        .filter(session -> session.acceptsCookie(cookie))
        .flatMap(session -> userOf(session, now).map(user -> new Browser(session, user, cookie)));
  }

  /// Notes that a browser's session is used, so that it goes on.
  void touch(Session session) {
    if (!session.touch(clock.instant())) {
      return;
    }
    try {
      client.update(KeyStore.SECRETS, session.secret().object());
    } catch (StatusException e) {
      LOG.atDebug().setCause(e).log("the use of a session was not kept; the next one will be");
    }
  }

  /// Who has logged in by a browser, and from which address, as far as that goes on.
  void forEachBrowser(BiConsumer<String, String> action) {
    Instant now = clock.instant();
    list(Session.KIND_LABEL + "=session").stream()
        .filter(session -> !session.address().isEmpty() && !session.hasEnded(now))
        .forEach(session -> action.accept(session.login(), session.address()));
  }

  /// What a user has open, the newest first.
  List<Session> of(LoginUser user) {
    Instant now = clock.instant();
    return list(Session.USER_LABEL + "=" + Session.label(user)).stream()
        .filter(session -> session.uid().equals(user.uid()) && !session.hasEnded(now))
        .sorted(Comparator.comparing(Session::created).reversed())
        .toList();
  }

  private void store(Session session, LoginUser user) {
    List<Session> open = list(Session.USER_LABEL + "=" + Session.label(user));
    open.stream()
        .sorted(Comparator.comparing(Session::created))
        .limit(Math.max(0, open.size() - MAX_OF_USER + 1))
        .forEach(this::delete);
    client.create(KeyStore.SECRETS, session.secret().object());
  }

  /// Takes a refresh token and gives the next. A token that was used before ends the session:
  /// either of the two who have it has stolen it.
  ///
  /// @return empty when the token is not good
  Optional<Continued> refresh(String token) {
    Optional<Session> found = of(token);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    Session session = found.get();
    Instant now = clock.instant();
    Optional<LoginUser> user = userOf(session, now, Duration.ZERO);
    if (user.isEmpty() || !session.accepts(token, now)) {
      delete(session);
      return Optional.empty();
    }
    String next = session.rotate(token, now);
    try {
      client.update(KeyStore.SECRETS, session.secret().object());
    } catch (StatusException e) {
      if (e.status().code() == StatusReason.CONFLICT.code()
          || e.status().code() == StatusReason.NOT_FOUND.code()) {
        return Optional.empty(); // somebody else was first
      }
      throw e;
    }
    return Optional.of(new Continued(session, user.get(), next, ""));
  }

  /// Ends the session of a refresh token.
  void revoke(String token) {
    of(token).ifPresent(this::delete);
  }

  void end(String id) {
    find(id).ifPresent(this::end);
  }

  void end(Session session) {
    delete(session);
  }

  /// By which it is told at any time whether a session goes on.
  Standing standing(String id) {
    return Standing.of(id, () -> user(id).isPresent());
  }

  /// Whose a session is; empty when it has ended, or its user may not log in any more.
  Optional<LoginUser> user(String id) {
    return find(id).flatMap(session -> userOf(session, clock.instant()));
  }

  private Optional<LoginUser> userOf(Session session, Instant now) {
    return userOf(session, now, DIRECTORY_AGE);
  }

  /// @param maxAge how old may be what a directory says
  private Optional<LoginUser> userOf(Session session, Instant now, Duration maxAge) {
    if (session.hasEnded(now)) {
      return Optional.empty();
    }
    if (!session.directory().isEmpty()) {
      return directories
          .find(session.directory(), session.login(), maxAge)
          .filter(member -> session.isBy(member.proof()))
          .map(UserDirectories.Member::user)
          .filter(user -> user.uid().equals(session.uid()))
          .filter(user -> !users.isLocal(user.name())); // who may be younger than the session
    }
    return users
        .find(session.user())
        .filter(user -> user.uid().equals(session.uid()))
        .filter(user -> proof(user).filter(proof -> session.isBy(proof)).isPresent());
  }

  private Optional<String> proof(LoginUser user) {
    return users
        .secret(Credentials.name(user.name()))
        .map(secret -> new Credentials(new SecretObject(secret.copy())).proof());
  }

  /// Clears away those that have ended.
  void sweep() {
    Instant now = clock.instant();
    list(Session.KIND_LABEL + "=session").stream()
        .filter(session -> session.hasEnded(now))
        .forEach(this::delete);
  }

  private Optional<Session> of(String token) {
    var parts = TOKEN.matcher(token);
    return parts.matches()
        ? find(parts.group(1)).filter(session -> session.hasIssued(token))
        : Optional.empty();
  }

  private Optional<Session> find(String id) {
    return users
        .secret(Session.PREFIX + id)
        .filter(secret -> secret.json().path("type").asText("").equals(Session.TYPE))
        .map(Session::of);
  }

  private List<Session> list(String labels) {
    return client
        .listAll(
            KeyStore.SECRETS, IdentityKinds.NAMESPACE, ListOptions.ALL.withLabelSelector(labels))
        .items()
        .stream()
        .filter(secret -> secret.name().startsWith(Session.PREFIX))
        .map(Session::of)
        .toList();
  }

  private void delete(Session session) {
    ApiObject object = session.secret().object();
    try {
      client.delete(KeyStore.SECRETS, object.namespace(), object.name(), DeleteOptions.DEFAULT);
    } catch (StatusException e) {
      if (e.status().code() != StatusReason.NOT_FOUND.code()) {
        throw e;
      }
    }
  }
}
