package io.croft.security.issuer;

import io.croft.client.ApiClient;
import io.croft.client.DeleteOptions;
import io.croft.client.ListOptions;
import io.croft.model.ApiObject;
import io.croft.model.StatusException;
import io.croft.model.StatusReason;
import io.croft.security.identity.Credentials;
import io.croft.security.identity.IdentityKinds;
import io.croft.security.identity.LocalLogin.Outcome.LoggedIn;
import io.croft.security.identity.LocalUser;
import io.croft.security.identity.LocalUsers;
import io.croft.security.identity.SecretObject;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// Opens, continues and ends sessions. Thread-safe.
final class Sessions {
  /// How many a user may have open; the oldest ends for a new one.
  private static final int MAX_OF_USER = 32;

  private static final Pattern TOKEN =
      Pattern.compile("([a-z0-9]{20})\\.[A-Za-z0-9_-]{22}\\.[A-Za-z0-9_-]{43}");

  private final LocalUsers users;
  private final ApiClient client;
  private final InstantSource clock;

  Sessions(LocalUsers users, ApiClient client, InstantSource clock) {
    this.users = users;
    this.client = client;
    this.clock = clock;
  }

  /// A session that goes on.
  ///
  /// @param refreshToken by which it is continued next
  /// @param nonce that the client wants to see in the ID token; may be empty
  record Continued(Session session, LocalUser user, String refreshToken, String nonce) {}

  /// Opens a session for who has logged in.
  ///
  /// @return empty when the user may not log in any more, or not by what was shown
  Optional<Continued> open(LoggedIn login, String nonce) {
    Instant now = clock.instant();
    Session session = Session.create(login, now);
    String token = session.firstToken(now);
    Optional<LocalUser> user = userOf(session, now);
    if (user.isEmpty()) {
      return Optional.empty();
    }
    List<Session> open = list(Session.USER_LABEL + "=" + session.user());
    open.stream()
        .sorted(Comparator.comparing(Session::created))
        .limit(Math.max(0, open.size() - MAX_OF_USER + 1))
        .forEach(this::delete);
    client.create(KeyStore.SECRETS, session.secret().object());
    return Optional.of(new Continued(session, user.get(), token, nonce));
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
    Optional<LocalUser> user = userOf(session, now);
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
    find(id).ifPresent(this::delete);
  }

  /// Whose a session is; empty when it has ended, or its user may not log in any more.
  Optional<LocalUser> user(String id) {
    return find(id).flatMap(session -> userOf(session, clock.instant()));
  }

  private Optional<LocalUser> userOf(Session session, Instant now) {
    return session.hasEnded(now)
        ? Optional.empty()
        : users
            .find(session.user())
            .filter(user -> user.uid().equals(session.uid()))
            .filter(user -> proof(user).filter(proof -> session.isBy(proof)).isPresent());
  }

  private Optional<String> proof(LocalUser user) {
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
