package io.croft.security.ldap;

import static io.croft.security.ldap.TestDirectory.BASE;
import static io.croft.security.ldap.TestDirectory.dnOf;
import static io.croft.security.ldap.TestDirectory.dnOfGroup;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.unboundid.ldap.sdk.ResultCode;
import io.croft.pki.Identity;
import io.croft.pki.Pem;
import io.croft.pki.Pki;
import io.croft.pki.ServerNames;
import io.croft.security.identity.LoginUser;
import io.croft.security.identity.UserDirectories.Attempt;
import io.croft.security.identity.UserDirectories.Member;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("S-6")
class LdapDirectoriesTest {
  private static final String PASSWORD = "correct horse battery";
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final String GROUPS = "groups: {base: 'ou=groups,dc=example,dc=com'}";
  private static Identity identity;
  private static String authority;

  @TempDir Path directory;
  private Instant now = Instant.now();
  private TestDirectory ldap;

  @BeforeAll
  static void issue(@TempDir Path place) throws Exception {
    Pki pki = Pki.open(place, ServerNames.of(List.of("localhost")), InstantSource.system());
    identity = pki.server();
    authority = Pem.encode(pki.serverAuthority().trusted());
  }

  @BeforeEach
  void start() throws Exception {
    ldap = new TestDirectory(identity);
    ldap.person("alice", PASSWORD);
    ldap.person("bob", "another " + PASSWORD);
  }

  @AfterEach
  void stop() {
    ldap.close();
  }

  @Test
  void knowsAUserByNameAndPassword() throws Exception {
    for (String server : List.of(ldap.ldaps(), ldap.startTls())) {
      LdapDirectories directories = open(configuration(server, GROUPS));
      LoginUser user = known(directories.logIn("alice", PASSWORD)).user();

      assertThat(user)
          .isEqualTo(
              new LoginUser(
                  "corp",
                  "corp:alice",
                  "corp:id-of-alice",
                  "Person alice",
                  "alice@example.com",
                  List.of()));
      assertThat(refused(directories.logIn("alice", "wrong"))).contains("invalid credentials");
      assertThat(refused(directories.logIn("carol", PASSWORD))).contains("no such user");
      assertThat(known(directories.logIn("alice", PASSWORD)).user()).isEqualTo(user);
      directories.stop();
    }
  }

  /// Servers take a bind without a password for one of nobody, and accept it.
  @Test
  void refusesAnEmptyPassword() throws Exception {
    LdapDirectories directories = open(configuration(ldap.ldaps(), ""));

    assertThat(refused(directories.logIn("alice", ""))).isEqualTo("empty password");
    directories.stop();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "*",
        "a*",
        "alice)(uid=*",
        "*)(|(uid=*",
        "\\2a",
        "alice\u0000",
        "",
        " alice",
        "uid=alice",
        "ALI\nCE"
      })
  void nobodyIsFoundByAPieceOfAFilter(String name) throws Exception {
    LdapDirectories directories = open(configuration(ldap.ldaps(), ""));

    assertThat(refused(directories.logIn(name, PASSWORD))).contains("no such user");
    directories.stop();
  }

  @Test
  void whatTheDirectorySpellsIsTheName() throws Exception {
    LdapDirectories directories = open(configuration(ldap.ldaps(), ""));

    assertThat(known(directories.logIn("ALICE", PASSWORD)).user().name()).isEqualTo("corp:alice");
    directories.stop();
  }

  @Test
  void followsGroupsInGroupsAndCircles() throws Exception {
    ldap.group("dev", dnOf("alice"));
    ldap.group("engineering", dnOfGroup("dev"));
    ldap.group("everybody", dnOfGroup("engineering"), dnOf("bob"));
    ldap.server.modify(
        "dn: " + dnOfGroup("dev"),
        "changetype: modify",
        "add: member",
        "member: " + dnOfGroup("everybody"));
    ldap.group("others", dnOf("bob"));
    ldap.group("system:masters", dnOf("alice"));

    LdapDirectories walking = open(configuration(ldap.ldaps(), GROUPS));
    assertThat(known(walking.logIn("alice", PASSWORD)).user().groups())
        .containsExactly("corp:dev", "corp:engineering", "corp:everybody", "corp:system:masters");
    walking.stop();

    LdapDirectories flat =
        open(
            configuration(
                ldap.ldaps(),
                "groups: {base: 'ou=groups,dc=example,dc=com', nesting: NONE}\n"
                    + "  groupsPrefix: ''"));
    assertThat(known(flat.logIn("alice", PASSWORD)).user().groups()).containsExactly("dev");
    flat.stop();
  }

  @Test
  void nestingIsFollowedToAnEnd() throws Exception {
    ldap.group("g0", dnOf("alice"));
    for (int i = 1; i < 20; i++) {
      ldap.group("g" + i, dnOfGroup("g" + (i - 1)));
    }
    LdapDirectories directories = open(configuration(ldap.ldaps(), GROUPS));

    assertThat(known(directories.logIn("alice", PASSWORD)).user().groups())
        .hasSize(LdapGroups.MAX_DEPTH);
    directories.stop();
  }

  @Test
  void activeDirectoryFollowsNestingItself() throws Exception {
    ldap.server.add(
        "dn: cn=Dora,ou=people," + BASE,
        "objectClass: user",
        "objectCategory: person",
        "sAMAccountName: dora",
        "cn: Dora",
        "objectGUID:: AQIDBAUGBwgJCgsMDQ4PEA==",
        "userAccountControl: 512",
        "userPassword: " + PASSWORD);
    LdapDirectories directories =
        open(
            configuration(ldap.ldaps(), GROUPS + "\n  schema: ActiveDirectory")
                .replace("id: id", "email: mail"));

    assertThat(known(directories.logIn("dora", PASSWORD)).user().uid())
        .isEqualTo("corp:0102030405060708090a0b0c0d0e0f10");
    assertThat(ldap.filters)
        .anyMatch(filter ->
            filter.contains("(member:1.2.840.113556.1.4.1941:=cn=Dora,ou=people," + BASE + ")"));

    for (String change : List.of("userAccountControl: 514", "accountExpires: 132000000000000000")) {
      ldap.server.modify(
          "dn: cn=Dora,ou=people," + BASE,
          "changetype: modify",
          "replace: " + change.split(":")[0],
          change);
      assertThat(refused(directories.logIn("dora", PASSWORD))).contains("no such user");
      ldap.server.modify(
          "dn: cn=Dora,ou=people," + BASE,
          "changetype: modify",
          "replace: " + change.split(":")[0],
          change.split(":")[0] + (change.startsWith("user") ? ": 512" : ": 0"));
      known(directories.logIn("dora", PASSWORD));
    }
    directories.stop();
  }

  @Test
  void whoIsRemovedIsOutWithinAMinute() throws Exception {
    LdapDirectories directories = open(configuration(ldap.ldaps(), ""));
    known(directories.logIn("alice", PASSWORD));
    ldap.server.delete(dnOf("alice"));

    assertThat(directories.find("corp", "alice", MINUTE)).isPresent(); // remembered
    assertThat(directories.find("corp", "alice", Duration.ZERO)).isEmpty();
    assertThat(directories.find("corp", "alice", MINUTE)).isEmpty();
  }

  @Test
  void asksAgainAfterAMinute() throws Exception {
    LdapDirectories directories = open(configuration(ldap.ldaps(), ""));
    known(directories.logIn("alice", PASSWORD));
    ldap.server.delete(dnOf("alice"));
    now = now.plus(MINUTE);
    assertThat(directories.find("corp", "alice", MINUTE)).isEmpty();
    assertThat(directories.find("elsewhere", "bob", MINUTE)).isEmpty();
    directories.stop();
  }

  @Test
  void aNewPasswordEndsWhatWasOpenedByTheOld() throws Exception {
    LdapDirectories directories = open(configuration(ldap.ldaps(), ""));
    String before = known(directories.logIn("alice", PASSWORD)).proof();
    ldap.server.modify(
        "dn: " + dnOf("alice"),
        "changetype: modify",
        "replace: pwdChangedTime",
        "pwdChangedTime: 20260101000000Z");
    now = now.plus(MINUTE);

    assertThat(directories.find("corp", "alice", MINUTE).orElseThrow().proof())
        .isNotEqualTo(before);
    directories.stop();
  }

  @Test
  void whatWasFoundCountsForAQuarterOfAnHourWhileNobodyAnswers() throws Exception {
    LdapDirectories directories = open(configuration(ldap.ldaps(), ""));
    Member alice = known(directories.logIn("alice", PASSWORD));
    ldap.failure = ResultCode.UNAVAILABLE;

    now = now.plus(MINUTE);
    int before = ldap.filters.size();
    assertThat(directories.find("corp", "alice", MINUTE)).contains(alice);
    assertThat(directories.find("corp", "alice", MINUTE)).contains(alice);
    assertThat(ldap.filters).hasSizeLessThanOrEqualTo(before + 2); // not asked again at once
    assertThat(refused(directories.logIn("alice", PASSWORD))).contains("directory corp");
    assertThat(directories.find("corp", "bob", MINUTE)).isEmpty(); // never seen
    now = now.plus(LdapDirectories.STALE);
    assertThat(directories.find("corp", "alice", MINUTE)).isEmpty();

    ldap.failure = null;
    now = now.plus(LdapDirectories.PAUSE);
    assertThat(directories.find("corp", "alice", MINUTE)).contains(alice);
    directories.stop();
  }

  @Test
  void asksTheNextServerWhenOneIsGone() throws Exception {
    LdapDirectories directories =
        open(configuration("ldaps://localhost:" + closedPort() + "', '" + ldap.ldaps(), ""));

    known(directories.logIn("alice", PASSWORD));
    directories.stop();
  }

  private static int closedPort() throws Exception {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Test
  void doesNotWaitForAServerThatHangs() throws Exception {
    try (var hanging = new ServerSocket(0, 16, InetAddress.getLoopbackAddress())) {
      LdapDirectories directories =
          open(
              configuration(
                  "ldaps://localhost:" + hanging.getLocalPort() + "', '" + ldap.ldaps(),
                  "timeoutSeconds: 1"));
      known(directories.logIn("alice", PASSWORD));
      directories.stop();
    }
  }

  @Test
  void believesNoServerOfAnotherNameOrAuthority() throws Exception {
    String other = ldap.ldaps().replace("localhost", "[::1]").replace("[::1]", "127.0.0.2");
    Pki elsewhere =
        Pki.open(directory.resolve("other"), ServerNames.of(List.of("x")), InstantSource.system());
    String wrong = Pem.encode(elsewhere.serverAuthority().trusted());

    for (String yaml :
        List.of(
            configuration(other, ""),
            configuration(ldap.ldaps(), "").replace(indented(authority), indented(wrong)),
            configuration(ldap.startTls(), "").replace(indented(authority), indented(wrong)))) {
      LdapDirectories directories = open(yaml);
      assertThat(refused(directories.logIn("alice", PASSWORD))).contains("directory corp");
      directories.stop();
    }
  }

  @Test
  void readsThePasswordOfItsAccountAnewWhenItWasRefused() throws Exception {
    LdapDirectories directories = open(configuration(ldap.ldaps(), ""));
    Files.writeString(directory.resolve("password"), "wrong");
    assertThat(refused(directories.logIn("alice", PASSWORD))).contains("directory corp");

    Files.writeString(directory.resolve("password"), TestDirectory.ACCOUNT_PASSWORD + "\n");
    known(directories.logIn("alice", PASSWORD));
    directories.stop();
  }

  @Test
  void takesOverAChangedFileAndKeepsToTheOldWhenItIsWrong() throws Exception {
    LdapDirectories directories = open(configuration(ldap.ldaps(), ""));
    Path file = directory.resolve("directories.yaml");
    known(directories.logIn("alice", PASSWORD));

    Files.writeString(file, "directories: [{}]");
    directories.reload();
    known(directories.logIn("alice", PASSWORD));
    Files.writeString(file, configuration(ldap.ldaps(), "usernamePrefix: 'ad-'"));
    directories.reload();
    assertThat(known(directories.logIn("alice", PASSWORD)).user().name()).isEqualTo("ad-alice");
    directories.stop();
  }

  @Test
  void namesAllThatIsWrong() {
    String yaml =
        """
        apiVersion: identity.croft.io/v1alpha1
        kind: DirectoryConfiguration
        directories:
        - name: Corp
          servers: [http://a, "ldap://a/dc=x", "ldaps://u@a"]
          certificateAuthority: nothing
          account: {dn: nonsense, passwordFile: relative}
          timeoutSeconds: 99
          schema: NIS
          users: {base: "", filter: "(uid=", login: "a b", colour: red}
          groups: {base: "dc=x", memberIs: LOGIN, nesting: WALK}
          usernamePrefix: "system:"
        - {name: x, servers: [ldaps://a], users: {base: dc=x}, usernamePrefix: "system:"}
        """;

    assertThatThrownBy(() -> open(yaml))
        .hasMessageContainingAll(
            "directories[0].name: Invalid value: \"Corp\"",
            "directories[0].servers[0]: Invalid value",
            "directories[0].servers[1]: Invalid value",
            "directories[0].servers[2]: Invalid value",
            "directories[0].certificateAuthority: Invalid value",
            "directories[0].account.dn: Invalid value",
            "directories[0].account.passwordFile: Invalid value: \"relative\"",
            "directories[0].timeoutSeconds: Invalid value: 99",
            "directories[0].schema: Unsupported value: \"NIS\"",
            "directories[0].users.base: Required value",
            "directories[0].users.filter: Invalid value: \"(uid=\"",
            "directories[0].users.login: Invalid value: \"a b\"",
            "directories[0].users.colour: Forbidden: unknown field",
            "directories[0].groups.nesting: Invalid value",
            "directories[0].usernamePrefix: Invalid value: \"system:\"",
            "directories[1].usernamePrefix: Duplicate value: \"system:\"");
  }

  @Test
  void serversThatStandInForEachOtherUseTlsInTheSameWay() {
    assertThatThrownBy(() -> open(configuration("ldaps://a', 'ldaps://b', 'ldap://c", "")))
        .hasMessageContaining("directories[0].servers[2]: Invalid value: \"ldap://c\"");
    assertThatThrownBy(() -> open(configuration("ldap://a', 'ldaps://b", "")))
        .hasMessageContaining("directories[0].servers[1]: Invalid value: \"ldaps://b\"");
  }

  @Test
  void thePasswordGoesToNoOtherDirectoryWhileTheFirstCannotBeAsked() throws Exception {
    String first = configuration("ldaps://localhost:" + closedPort(), "");
    String second =
        configuration(ldap.ldaps(), "")
            .lines()
            .skip(3)
            .map(line -> line.replace("name: corp", "name: other"))
            .collect(Collectors.joining("\n"));
    LdapDirectories directories = open(first + second + "\n");

    assertThat(directories.logIn("alice", PASSWORD)).isInstanceOf(Attempt.Unavailable.class);
    assertThat(ldap.filters).as("what the second directory was asked").isEmpty();
    directories.stop();
  }

  private LdapDirectories open(String yaml) throws Exception {
    Files.writeString(directory.resolve("password"), TestDirectory.ACCOUNT_PASSWORD + "\n");
    Path file = directory.resolve("directories.yaml");
    Files.writeString(file, yaml);
    var directories = new LdapDirectories(file, () -> now);
    directories.init();
    return directories;
  }

  private String configuration(String servers, String more) {
    return """
    apiVersion: identity.croft.io/v1alpha1
    kind: DirectoryConfiguration
    directories:
    - name: corp
      servers: ['%s']
      certificateAuthority: |
    %s
      account: {dn: '%s', passwordFile: %s}
      users: {base: 'ou=people,dc=example,dc=com', id: id}
      %s
    """
        .formatted(
            servers,
            indented(authority),
            TestDirectory.ACCOUNT,
            directory.resolve("password"),
            more);
  }

  private static String indented(String pem) {
    return pem.strip().indent(4).stripTrailing();
  }

  private static Member known(Attempt attempt) {
    assertThat(attempt).isInstanceOf(Attempt.Known.class);
    return ((Attempt.Known) attempt).member();
  }

  private static String refused(Attempt attempt) {
    return switch (attempt) {
      case Attempt.Known known -> throw new AssertionError(known);
      case Attempt.Refused(String reason, _) -> reason;
      case Attempt.Unavailable(String reason) -> reason;
    };
  }
}
