package io.croft.smoke;

import static io.croft.smoke.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Users log in: local ones by the device flow, without a browser, and those of another issuer by
/// its tokens.
@Tag("S-5")
@Tag("S-7")
class LoginTest {
  private static final String PASSWORD = "correct horse battery";
  private static final Pattern CODE = Pattern.compile("[A-Z]{4}-[A-Z]{4}");

  @RegisterExtension static final Appliance APPLIANCE = new Appliance();

  @Test
  void aLocalUserLogsInWithoutABrowserAndIsOutWhenDisabled() throws Exception {
    APPLIANCE.identity();
    var kubectl = new Kubectl(APPLIANCE);
    croft("user", "create", "alice", "--password-fd", "0").reading(PASSWORD).run().succeeded();
    kubectl.apply(
        """
        apiVersion: identity.croft.io/v1alpha1
        kind: Group
        metadata: {name: readers}
        spec: {members: [alice]}
        """);
    kubectl.text(
        "create", "clusterrolebinding", "readers", "--clusterrole=view", "--group=readers");

    Path kubeconfig = logIn("alice");
    assertThat(as(kubeconfig, "auth", "whoami").succeeded().out()).contains("alice", "readers");
    assertThat(as(kubeconfig, "get", "configmaps").succeeded().out()).contains("kube-root-ca.crt");
    assertThat(as(kubeconfig, "get", "secrets", "-n", "croft-identity").err())
        .contains("Forbidden");

    croft("user", "disable", "alice").run().succeeded();
    assertThat(as(kubeconfig, "get", "configmaps").exit()).isNotZero();
    croft("user", "enable", "alice").run().succeeded();
    assertThat(as(kubeconfig, "get", "configmaps").exit()).isNotZero(); // what was open has ended

    Path again = logIn("alice");
    as(again, "get", "configmaps").succeeded();
    croft("logout", "--server", APPLIANCE.server()).run().succeeded();
    assertThat(as(again, "get", "configmaps").err()).contains("not logged in");
    assertThat(Files.readString(APPLIANCE.dataDirectory().resolve("logs/audit.log")))
        .contains("wrong password")
        .doesNotContain(PASSWORD);
  }

  @Test
  void aNewPasswordEndsWhatTheOldOneHasOpened() throws Exception {
    APPLIANCE.identity();
    croft("user", "create", "carol", "--password-fd", "0").reading(PASSWORD).run().succeeded();
    Path kubeconfig = logIn("carol");
    assertThat(as(kubeconfig, "auth", "whoami").succeeded().out()).contains("carol");
    var login = new DeviceLogin(APPLIANCE);
    var asked = login.begin();
    send("carol", PASSWORD, asked.path("user_code").asText());

    croft("user", "passwd", "carol", "--password-fd", "0")
        .reading("another " + PASSWORD)
        .run()
        .succeeded();

    assertThat(as(kubeconfig, "auth", "whoami").exit()).isNotZero();
    var answer = login.token(asked.path("device_code").asText());
    assertThat(answer.path("error").asText()).isEqualTo("invalid_grant");
  }

  @Test
  void aTokenOfAnotherIssuerIsAccepted() throws Exception {
    try (var issuer = new ForeignIssuer(Files.createDirectories(APPLIANCE.directory()));
        var other = new Appliance()) {
      Path file = Files.createDirectories(other.directory()).resolve("authentication.yaml");
      Files.writeString(file, configuration(issuer, "croft"));
      Files.createDirectories(other.dataDirectory());
      Files.writeString(
          other.dataDirectory().resolve("config.yaml"),
          "authentication:\n  config: " + file + "\n");
      other.start();

      String token = issuer.token("croft", "bob", "dev");
      assertThat(with(other, token)).contains("ext:bob", "ext:dev", "system:authenticated");
      assertThat(with(other, issuer.token("stranger", "bob", "dev"))).contains("must be logged in");
      assertThat(with(other, issuer.token("croft", "mallory", "dev")))
          .contains("must be logged in");

      Files.writeString(file, configuration(issuer, "renamed"));
      eventually(
          "the file is read again",
          () -> with(other, issuer.token("renamed", "bob", "dev")).contains("ext:bob"));
      assertThat(with(other, token)).contains("must be logged in");

      issuer.rotate();
      eventually(
          "the new key is found",
          () -> with(other, issuer.token("renamed", "bob", "dev")).contains("ext:bob"));
    }
  }

  @Test
  void aWrongAuthenticationConfigurationKeepsItFromStarting() throws Exception {
    try (var other = new Appliance()) {
      Path file = Files.createDirectories(other.directory()).resolve("authentication.yaml");
      Files.writeString(
          file,
          """
          apiVersion: apiserver.config.k8s.io/v1
          kind: AuthenticationConfiguration
          jwt: [{issuer: {url: "http://a", audiences: [x]}, claimMappings: {username: {claim: sub}}}]
          """);
      Command.Output output =
          other
              .croft("up", "--listen", "127.0.0.1:" + other.port())
              .with("CROFT_AUTHENTICATION_CONFIG", file.toString())
              .run();

      assertThat(output.exit()).isEqualTo(1);
      assertThat(output.err())
          .contains(
              "jwt[0].issuer.url: Invalid value: \"http://a\": URL scheme must be https",
              "jwt[0].claimMappings.username.prefix: Required value");
    }
  }

  private static String configuration(ForeignIssuer issuer, String audience) {
    return """
    apiVersion: apiserver.config.k8s.io/v1
    kind: AuthenticationConfiguration
    jwt:
    - issuer:
        url: %s
        audiences: [%s]
        certificateAuthority: |
    %s
      claimMappings:
        username: {expression: "'ext:' + claims.sub"}
        groups: {claim: roles, prefix: 'ext:'}
      userValidationRules:
      - {expression: "user.username != 'ext:mallory'", message: not mallory}
    """
        .formatted(issuer.url(), audience, issuer.authority().strip().indent(8).stripTrailing());
  }

  /// Without the administrator's certificate, which would come first.
  private static String with(Appliance appliance, String token) {
    Command.Output output =
        new Kubectl(appliance)
            .command(
                "--server",
                appliance.server(),
                "--insecure-skip-tls-verify",
                "--token",
                token,
                "auth",
                "whoami")
            .with("KUBECONFIG", "/dev/null")
            .run();
    return output.out() + output.err();
  }

  private static Command croft(String... arguments) {
    return APPLIANCE.croft(arguments).with("XDG_STATE_HOME", state().toString());
  }

  private static Path state() {
    return APPLIANCE.directory().resolve("state");
  }

  private static Command.Output as(Path kubeconfig, String... arguments) {
    var kubectl = new Kubectl(APPLIANCE);
    String path = Distribution.program().getParent() + ":" + System.getenv("PATH");
    return kubectl
        .command(arguments)
        .with("KUBECONFIG", kubeconfig.toString())
        .with("XDG_STATE_HOME", state().toString())
        .with("PATH", path)
        .run();
  }

  /// Does what a person would do in a browser.
  private static Path logIn(String user) throws Exception {
    Path kubeconfig = Files.createTempFile(APPLIANCE.directory(), "login", ".kubeconfig");
    Path out = Files.createTempFile(APPLIANCE.directory(), "login", ".out");
    Path err = Files.createTempFile(APPLIANCE.directory(), "login", ".err");
    Process login = croft("login", "--kubeconfig", kubeconfig.toString()).start(out, err);
    try {
      eventually("the code is shown", () -> CODE.matcher(Files.readString(err)).find());
      String code = group(CODE, Files.readString(err), 0);
      assertThat(send(user, "wrong password", code).statusCode()).isEqualTo(403);
      assertThat(send(user, PASSWORD, "BBBB-BBBB").statusCode()).isEqualTo(403);
      assertThat(send(user, PASSWORD, code).body()).contains("You are logged in");
      assertThat(login.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(login.exitValue()).as(Files.readString(err)).isZero();
    } finally {
      login.destroyForcibly();
    }
    return kubeconfig;
  }

  private static HttpResponse<String> send(String user, String password, String code)
      throws Exception {
    return new DeviceLogin(APPLIANCE).enter(user, password, code);
  }

  private static String group(Pattern pattern, String text, int group) {
    Matcher matcher = pattern.matcher(text);
    assertThat(matcher.find()).as(text).isTrue();
    return matcher.group(group);
  }
}
