package io.croft.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Users of an OpenLDAP server log in and have the rights of their groups there, and are out when
/// they are no longer in it.
@Tag("S-6")
class LdapLoginTest {
  private static final String PASSWORD = "correct horse battery";

  private static final String PEOPLE =
      """
      dn: dc=example,dc=com
      objectClass: dcObject
      objectClass: organization
      o: Example
      dc: example

      dn: ou=people,dc=example,dc=com
      objectClass: organizationalUnit
      ou: people

      dn: ou=groups,dc=example,dc=com
      objectClass: organizationalUnit
      ou: groups

      dn: cn=croft,dc=example,dc=com
      objectClass: person
      cn: croft
      sn: croft
      userPassword: reads the directory

      dn: uid=alice,ou=people,dc=example,dc=com
      objectClass: inetOrgPerson
      uid: alice
      cn: Alice Example
      sn: Example
      mail: alice@example.com
      userPassword: correct horse battery

      dn: uid=bob,ou=people,dc=example,dc=com
      objectClass: inetOrgPerson
      uid: bob
      cn: Bob Example
      sn: Example
      userPassword: correct horse battery

      dn: cn=dev,ou=groups,dc=example,dc=com
      objectClass: groupOfNames
      cn: dev
      member: uid=alice,ou=people,dc=example,dc=com

      dn: cn=engineering,ou=groups,dc=example,dc=com
      objectClass: groupOfNames
      cn: engineering
      member: cn=dev,ou=groups,dc=example,dc=com
      """;

  @ParameterizedTest
  @ValueSource(strings = {"ldaps", "ldap"})
  void usersOfADirectoryLogIn(String scheme) throws Exception {
    try (var appliance = new Appliance()) {
      Files.createDirectories(appliance.dataDirectory());
      try (var slapd = new Slapd(appliance.directory().resolve("slapd"), PEOPLE)) {
        configure(appliance, slapd, scheme.equals("ldaps") ? slapd.ldaps() : slapd.ldap());
        appliance.start();
        appliance.identity();
        var login = new DeviceLogin(appliance);
        new Kubectl(appliance)
            .text(
                "create",
                "clusterrolebinding",
                "e",
                "--clusterrole=view",
                "--group=corp:engineering");

        JsonNode tokens = login.logIn("alice", PASSWORD);
        assertThat(with(appliance, tokens, "auth", "whoami").succeeded().out())
            .contains("corp:alice", "corp:dev", "corp:engineering");
        with(appliance, tokens, "get", "configmaps").succeeded();
        JsonNode bobs = login.logIn("bob", PASSWORD);
        assertThat(with(appliance, bobs, "get", "configmaps").err()).contains("Forbidden");

        for (String wrong : new String[] {"", "wrong", PASSWORD + "x"}) {
          String code = login.begin().path("user_code").asText();
          assertThat(login.enter("alice", wrong, code).statusCode()).isEqualTo(403);
        }
        String code = login.begin().path("user_code").asText();
        assertThat(login.enter("a*", PASSWORD, code).statusCode()).isEqualTo(403);

        slapd.modify("dn: uid=alice,ou=people,dc=example,dc=com\nchangetype: delete\n");
        JsonNode refused = login.refresh(tokens.path("refresh_token").asText());
        assertThat(refused.path("error").asText()).isEqualTo("invalid_grant");
        assertThat(with(appliance, tokens, "get", "configmaps").err())
            .contains("must be logged in");
        assertThat(login.refresh(bobs.path("refresh_token").asText()).has("id_token")).isTrue();
      }
      // Without the directory, what it last said counts for a while; nobody logs in.
      String code = new DeviceLogin(appliance).begin().path("user_code").asText();
      assertThat(new DeviceLogin(appliance).enter("bob", PASSWORD, code).statusCode())
          .isEqualTo(503);
      String log = Files.readString(appliance.dataDirectory().resolve("logs/audit.log"));
      assertThat(log).contains("invalid credentials", "corp:alice").doesNotContain(PASSWORD);
      assertThat(log).doesNotContain("\"a*\"");
    }
  }

  @Test
  void aWrongConfigurationKeepsItFromStarting() throws Exception {
    try (var appliance = new Appliance()) {
      Path file = Files.createDirectories(appliance.directory()).resolve("directories.yaml");
      Files.writeString(file, "kind: DirectoryConfiguration\ndirectories: [{name: corp}]\n");
      Command.Output output =
          appliance
              .croft("up", "--listen", "127.0.0.1:" + appliance.port())
              .with("CROFT_IDENTITY_DIRECTORIES", file.toString())
              .run();

      assertThat(output.exit()).isEqualTo(1);
      assertThat(output.err())
          .contains(
              "apiVersion: Unsupported value",
              "directories[0].servers: Required value",
              "directories[0].users.base: Required value");
    }
  }

  private static void configure(Appliance appliance, Slapd slapd, String server) throws Exception {
    Path password = appliance.directory().resolve("ldap-password");
    Files.writeString(password, "reads the directory\n");
    Path file = appliance.directory().resolve("directories.yaml");
    Files.writeString(
        file,
        """
        apiVersion: identity.croft.io/v1alpha1
        kind: DirectoryConfiguration
        directories:
        - name: corp
          servers: ['%s']
          certificateAuthority: |
        %s
          account: {dn: 'cn=croft,dc=example,dc=com', passwordFile: %s}
          users: {base: 'ou=people,dc=example,dc=com'}
          groups: {base: 'ou=groups,dc=example,dc=com', filter: '(objectClass=groupOfNames)'}
        """
            .formatted(server, slapd.authority().strip().indent(4).stripTrailing(), password));
    Files.writeString(
        appliance.dataDirectory().resolve("config.yaml"),
        "identity:\n  directories: " + file + "\n");
  }

  private static Command.Output with(Appliance appliance, JsonNode tokens, String... arguments) {
    var line = new ArrayList<String>();
    line.addAll(
        List.of(
            "--server",
            appliance.server(),
            "--insecure-skip-tls-verify",
            "--token",
            tokens.path("id_token").asText()));
    line.addAll(List.of(arguments));
    return new Kubectl(appliance)
        .command(line.toArray(String[]::new))
        .with("KUBECONFIG", "/dev/null")
        .run();
  }
}
