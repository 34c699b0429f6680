package io.croft.security.identity;

import io.croft.client.ApiClient;
import io.croft.model.Names;
import io.croft.model.StatusException;
import io.croft.model.StatusReason;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Checks who somebody says to be, by password and, where the user has one, a second factor. Who
/// fails learns neither why, nor by the time whether there is such a user. Thread-safe.
public final class LocalLogin {
  private static final int FREE_BY_USER = 5;
  private static final int FREE_BY_ADDRESS = 20;

  /// How many passwords are checked at a time: each takes 19 MiB and much of a processor.
  private static final int AT_A_TIME = 2;

  private static final long MAX_WAIT_SECONDS = 5;
  private static final int ATTEMPTS = 3;

  private final LocalUsers users;
  private final ApiClient client;

  /// How many may wait for their turn.
  private static final int MAX_WAITING = 32;

  private final InstantSource clock;
  private final LoginThrottle byUser;
  private final LoginThrottle byAddress;
  private final Semaphore checking = new Semaphore(AT_A_TIME, true);

  /// Checked when there is no such user.
  private static final class Nobody {
    static final PasswordHash HASH = PasswordHash.of(OpaqueSecret.random(16));
  }

  /// @param client stores that a code was used
  public LocalLogin(LocalUsers users, ApiClient client, InstantSource clock) {
    this.users = users;
    this.client = client;
    this.clock = clock;
    this.byUser = new LoginThrottle(FREE_BY_USER, clock);
    this.byAddress = new LoginThrottle(FREE_BY_ADDRESS, clock);
  }

  /// What came of it.
  public sealed interface Outcome {
    /// @param proof [Credentials#proof] of what was shown
    record LoggedIn(LocalUser user, boolean secondFactor, String proof) implements Outcome {}

    /// @param reason for the audit log, not for the caller
    record Refused(String reason) implements Outcome {}

    /// There are too many attempts at the moment.
    record Busy() implements Outcome {}
  }

  /// @param code of the second factor; may be empty
  /// @param address of who tries
  public Outcome login(String name, String password, String code, String address)
      throws InterruptedException {
    if (checking.getQueueLength() >= MAX_WAITING
        || !checking.tryAcquire(MAX_WAIT_SECONDS, TimeUnit.SECONDS)) {
      return new Outcome.Busy();
    }
    // What cannot be a user's name is not worth remembering.
    String user = Names.dns1123Label(name).isEmpty() ? name : "";
    Outcome outcome;
    try {
      // Looked at only now: of many who wait, the first failures count for the others.
      if (byAddress.isLocked(address) || byUser.isLocked(user)) {
        return new Outcome.Refused("locked out after too many failures");
      }
      outcome = check(name, password, code);
      if (outcome instanceof Outcome.LoggedIn) {
        byUser.succeeded(user);
      } else {
        byUser.failed(user);
        byAddress.failed(address);
      }
    } finally {
      checking.release();
    }
    return outcome;
  }

  /// Tells that an address has guessed something else wrongly.
  public void guessedWrongly(String address) {
    byAddress.failed(address);
  }

  /// Whether nothing that comes from an address is looked at for now.
  public boolean isLocked(String address) {
    return byAddress.isLocked(address);
  }

  private static String bounded(String password) {
    return password.substring(0, Math.min(password.length(), PasswordHash.MAX_BYTES));
  }

  private Outcome check(String name, String password, String code) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Optional<LocalUser> user = users.find(name);
      Optional<Credentials> credentials =
          user.flatMap(u -> users.secret(Credentials.name(u.name())))
              .map(secret -> new Credentials(new SecretObject(secret.copy())));
      PasswordHash hash = credentials.flatMap(Credentials::password).orElse(Nobody.HASH);
      boolean matches = hash.matches(bounded(password));
      if (user.isEmpty()) {
        return new Outcome.Refused("no such user, or disabled");
      }
      if (credentials.isEmpty() || credentials.get().password().isEmpty()) {
        return new Outcome.Refused("the user has no password");
      }
      if (!matches) {
        return new Outcome.Refused("wrong password");
      }
      if (!credentials.get().hasSecondFactor()) {
        return new Outcome.LoggedIn(user.get(), false, credentials.get().proof());
      }
      if (!credentials.get().useCode(code, clock.instant())) {
        return new Outcome.Refused("wrong code of the second factor");
      }
      if (stored(credentials.get())) {
        return new Outcome.LoggedIn(user.get(), true, credentials.get().proof());
      }
    }
    return new Outcome.Refused("the code of the second factor was used meanwhile");
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
