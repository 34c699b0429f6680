package io.croft.security.identity;

import io.croft.client.ApiClient;
import io.croft.model.StatusException;
import io.croft.model.StatusReason;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Checks who somebody says to be, by password and, where the user has one, a second factor. Names
/// that are no `User` here are looked for in directories. Who fails does not learn why; nor, unless
/// there are directories, by the time whether there is such a user. Thread-safe.
public final class Login {
  /// How many passwords are checked at a time: each takes 19 MiB and much of a processor.
  private static final int AT_A_TIME = 2;

  private static final long MAX_WAIT_SECONDS = 5;
  private static final int ATTEMPTS = 3;

  private final LocalUsers users;
  private final UserDirectories directories;
  private final ApiClient client;

  /// How many may wait for their turn.
  private static final int MAX_WAITING = 32;

  private final InstantSource clock;
  private final LoginGuard guard;
  private final Semaphore checking = new Semaphore(AT_A_TIME, true);

  /// Checked when there is no such user.
  private static final class Nobody {
    static final PasswordHash HASH = PasswordHash.of(OpaqueSecret.random(16));
  }

  /// @param client stores that a code was used
  public Login(
      LocalUsers users, UserDirectories directories, ApiClient client, InstantSource clock) {
    this.users = users;
    this.directories = directories;
    this.client = client;
    this.clock = clock;
    this.guard = new LoginGuard(clock);
  }

  /// What came of it.
  public sealed interface Outcome {
    /// @param login the name that was typed
    /// @param proof of what was shown: changes with the password and the second factor
    record LoggedIn(LoginUser user, String login, boolean secondFactor, String proof)
        implements Outcome {}

    /// @param reason for the audit log, not for the caller
    /// @param known whether there is somebody of that name; what else was typed as one is not to be
    ///   recorded, for it may be a password
    record Refused(String reason, boolean known) implements Outcome {}

    /// There are too many attempts at the moment.
    record Busy() implements Outcome {}

    /// A directory cannot be asked.
    record Unavailable(String reason) implements Outcome {}
  }

  /// Notes what was known before a restart: that a name has logged in at an address.
  public void knows(String login, String address) {
    guard.knows(login, address);
  }

  /// @param code of the second factor; may be empty
  /// @param address of who tries
  public Outcome login(String name, String password, String code, String address)
      throws InterruptedException {
    if (checking.getQueueLength() >= MAX_WAITING
        || !checking.tryAcquire(MAX_WAIT_SECONDS, TimeUnit.SECONDS)) {
      return new Outcome.Busy();
    }
    Outcome outcome;
    try {
      // Looked at only now: of many who wait, the first failures count for the others.
      if (guard.refuses(name, address)) {
        return new Outcome.Refused("locked out after too many failures", users.isLocal(name));
      }
      outcome = check(name, password, code);
      if (outcome instanceof Outcome.Refused(_, boolean known) && known) {
        guard.failed(name, address);
        return outcome;
      }
    } finally {
      checking.release();
    }
    if (outcome instanceof Outcome.Refused) {
      outcome = elsewhere(name, password); // may take long, and holds no place meanwhile
    }
    switch (outcome) {
      case Outcome.LoggedIn _ -> guard.succeeded(name, address);
      case Outcome.Refused _ -> guard.failed(name, address);
      case Outcome.Busy(), Outcome.Unavailable _ -> {} // nobody's fault
    }
    return outcome;
  }

  private Outcome elsewhere(String name, String password) {
    return switch (directories.logIn(name, bounded(password))) {
      // A directory may find somebody by another spelling than it gives the name in.
      case UserDirectories.Attempt.Known(UserDirectories.Member member)
          when users.isLocal(member.user().name()) ->
          new Outcome.Refused("the directory's user has the name of a local one", true);
      case UserDirectories.Attempt.Known(UserDirectories.Member member) ->
          new Outcome.LoggedIn(member.user(), member.login(), false, member.proof());
      case UserDirectories.Attempt.Refused(String reason, boolean known) ->
          new Outcome.Refused(reason, known);
      case UserDirectories.Attempt.Unavailable(String reason) -> new Outcome.Unavailable(reason);
    };
  }

  private static String bounded(String password) {
    return password.substring(0, Math.min(password.length(), PasswordHash.MAX_BYTES));
  }

  private Outcome check(String name, String password, String code) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Optional<LoginUser> user = users.find(name);
      Optional<Credentials> credentials =
          user.flatMap(u -> users.secret(Credentials.name(u.name())))
              .map(secret -> new Credentials(new SecretObject(secret.copy())));
      PasswordHash hash = credentials.flatMap(Credentials::password).orElse(Nobody.HASH);
      boolean matches = hash.matches(bounded(password));
      if (user.isEmpty()) {
        return new Outcome.Refused("no such user, or disabled", users.isLocal(name));
      }
      if (credentials.isEmpty() || credentials.get().password().isEmpty()) {
        return new Outcome.Refused("the user has no password", true);
      }
      if (!matches) {
        return new Outcome.Refused("wrong password", true);
      }
      if (!credentials.get().hasSecondFactor()) {
        return new Outcome.LoggedIn(user.get(), name, false, credentials.get().proof());
      }
      if (!credentials.get().useCode(code, clock.instant())) {
        return new Outcome.Refused("wrong code of the second factor", true);
      }
      if (stored(credentials.get())) {
        return new Outcome.LoggedIn(user.get(), name, true, credentials.get().proof());
      }
    }
    return new Outcome.Refused("the code of the second factor was used meanwhile", true);
  }

  /// @return false when somebody else has changed the Secret meanwhile: the code may be used up
  private boolean stored(Credentials credentials) {
    try {
      client.update(IdentityKinds.SECRETS, credentials.secret().object());
      return true;
    } catch (StatusException e) {
      if (e.status().code() == StatusReason.CONFLICT.code()) {
        return false;
      }
      throw e;
    }
  }
}
