package io.croft.security.issuer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.client.ApiClient;
import io.croft.client.Informers;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.security.identity.IdentityKinds;
import io.croft.security.identity.LocalUsers;
import io.croft.security.identity.Login.Outcome.LoggedIn;
import io.croft.security.identity.LoginUser;
import io.croft.security.identity.UserDirectories;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("S-6")
class SessionsTest {
  private final ApiClient client =
      new ApiClient(
          request -> {
            throw new IllegalStateException("something is stored");
          },
          "test");
  private final LocalUsers users =
      new LocalUsers(
          (resource, _, name) ->
              resource.equals(IdentityKinds.USERS) && name.equals("alice")
                  ? Optional.of(ApiObject.of(Json.object()))
                  : Optional.empty(),
          new Informers(client));

  private final UserDirectories directories =
      new UserDirectories() {
        @Override
        public Attempt logIn(String login, String password) {
          throw new AssertionError("nobody logs in");
        }

        @Override
        public Optional<Member> find(String directory, String login, Duration maxAge) {
          return Optional.of(new Member(user(login), login, "proof"));
        }
      };

  private static LoginUser user(String name) {
    return new LoginUser("corp", name, "1", "", "", List.of());
  }

  @Test
  void whoHasALocalNameInADirectoryHasNoSession() {
    var sessions = new Sessions(users, directories, client, InstantSource.system());

    for (String name : List.of("alice", "Alice")) {
      assertThat(sessions.open(new LoggedIn(user(name), name, false, "proof"), "")).isEmpty();
    }
    assertThatThrownBy(() -> sessions.open(new LoggedIn(user("bob"), "bob", false, "proof"), ""))
        .hasMessage("something is stored");
  }
}
