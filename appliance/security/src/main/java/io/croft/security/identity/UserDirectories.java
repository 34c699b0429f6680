package io.croft.security.identity;

import java.time.Duration;
import java.util.Optional;

/// Where users are kept who are no resources here. Thread-safe.
public interface UserDirectories {
  /// There are none.
  UserDirectories NONE =
      new UserDirectories() {
        @Override
        public Attempt logIn(String login, String password) {
          return new Attempt.Refused("no such user, or disabled", false);
        }

        @Override
        public Optional<Member> find(String directory, String login, Duration maxAge) {
          return Optional.empty();
        }
      };

  /// A user of a directory, as of late.
  ///
  /// @param login the name that was typed
  /// @param proof changes when what was opened before is to end
  record Member(LoginUser user, String login, String proof) {}

  /// What came of somebody's name and password.
  sealed interface Attempt {
    record Known(Member member) implements Attempt {}

    /// @param reason for the audit log, not for the caller
    /// @param known whether there is somebody of that name
    record Refused(String reason, boolean known) implements Attempt {}

    /// Nobody can tell at the moment.
    record Unavailable(String reason) implements Attempt {}
  }

  /// Checks a password; it may take as long as the directories are slow.
  Attempt logIn(String login, String password);

  /// A user as of late. Empty when there is none any more, or it may not log in.
  ///
  /// @param maxAge how old what is known may be; where the directory cannot be reached, it is a
  ///   quarter of an hour
  Optional<Member> find(String directory, String login, Duration maxAge);
}
