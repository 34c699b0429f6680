package io.croft.security.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.client.ApiClient;
import io.croft.client.Informers;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.security.identity.Login.Outcome;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("S-6")
class LoginTest {
  private final List<String> asked = new ArrayList<>();
  private final ApiClient client =
      new ApiClient(
          request -> {
            throw new AssertionError("nothing is stored");
          },
          "test");
  private final LocalUsers users =
      new LocalUsers(
          (resource, _, name) ->
              resource.equals(IdentityKinds.USERS) && name.equals("alice")
                  ? Optional.of(disabled(name))
                  : Optional.empty(),
          new Informers(client));

  /// Finds everybody, in lower case and in letters of the usual width, as directories do.
  private final UserDirectories directories =
      new UserDirectories() {
        @Override
        public Attempt logIn(String login, String password) {
          asked.add(login);
          String name = login.equals("\uff41lice") ? "alice" : login;
          var user = new LoginUser("corp", name, "corp:1", "", "", List.of());
          return new Attempt.Known(new Member(user, login, "proof"));
        }

        @Override
        public Optional<Member> find(String directory, String login, Duration maxAge) {
          return Optional.empty();
        }
      };

  private final Login login = new Login(users, directories, client, InstantSource.system());

  private static ApiObject disabled(String name) {
    var user = Json.object();
    user.putObject("metadata").put("name", name);
    user.putObject("spec").put("disabled", true);
    return ApiObject.of(user);
  }

  @ParameterizedTest
  @ValueSource(strings = {"alice", "Alice", "ALICE"})
  void aLocalNameIsLookedForNowhereElseInWhicheverCase(String name) throws Exception {
    assertThat(login.login(name, "password", "", "192.0.2.1")).isInstanceOf(Outcome.Refused.class);
    assertThat(asked).isEmpty();
  }

  @Test
  void whoHasALocalNameInADirectoryIsRefused() throws Exception {
    assertThat(login.login("\uff41lice", "password", "", "192.0.2.1"))
        .isEqualTo(new Outcome.Refused("the directory's user has the name of a local one", true));
    assertThat(asked).hasSize(1);
  }

  @Test
  void othersAreLookedForInDirectories() throws Exception {
    assertThat(login.login("bob", "password", "", "192.0.2.1"))
        .isInstanceOf(Outcome.LoggedIn.class);
  }
}
