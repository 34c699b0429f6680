package io.croft.smoke;

import static io.croft.smoke.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A watch lasts no longer than what let it in: tokens of other issuers and bootstrap tokens.
@Tag("S-8")
class WithdrawnCredentialsTest {
  private static final String CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
  private static final String SECRETS = "/api/v1/namespaces/kube-system/secrets";
  private static final int LIFE_SECONDS = 8;

  private static final Appliance APPLIANCE = new Appliance();
  private static ForeignIssuer issuer;
  private static Path configuration;
  private static HttpClient client;
  private static Api admin;

  @BeforeAll
  static void start() throws Exception {
    issuer = new ForeignIssuer(APPLIANCE.directory());
    configuration = APPLIANCE.directory().resolve("authentication.yaml");
    Files.writeString(configuration, declaring(issuer));
    Files.createDirectories(APPLIANCE.dataDirectory());
    Files.writeString(
        APPLIANCE.dataDirectory().resolve("config.yaml"),
        "authentication:\n  config: " + configuration + "\n");
    APPLIANCE.start();
    admin = APPLIANCE.api();
    client =
        HttpClient.newBuilder()
            .sslContext(APPLIANCE.identity().anonymous().tls())
            .version(HttpClient.Version.HTTP_1_1)
            .build();
    created(
        "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings",
        """
        {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"watchers"},
         "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"view"},
         "subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"Group","name":"ext:dev"},
                     {"apiGroup":"rbac.authorization.k8s.io","kind":"Group","name":"system:bootstrappers"}]}
        """);
  }

  @AfterAll
  static void stop() throws Exception {
    client.shutdownNow();
    admin.close();
    issuer.close();
    APPLIANCE.close();
  }

  private static void created(String path, String json) throws Exception {
    Api.Answer answer = admin.post(path, json);
    assertThat(answer.status()).as(answer.body()).isEqualTo(201);
  }

  private static String declaring(ForeignIssuer issuer) {
    return """
    apiVersion: apiserver.config.k8s.io/v1
    kind: AuthenticationConfiguration
    jwt:
    - issuer:
        url: %s
        audiences: [croft]
        certificateAuthority: |
    %s
      claimMappings:
        username: {claim: sub, prefix: 'ext:'}
        groups: {claim: roles, prefix: 'ext:'}
    """
        .formatted(issuer.url(), issuer.authority().indent(8).stripTrailing());
  }

  /// @return the token
  private static String bootstrapToken(String id, String expiration) throws Exception {
    String secret = "0123456789abcdef";
    created(
        SECRETS,
        """
        {"apiVersion":"v1","kind":"Secret","metadata":{"name":"bootstrap-token-%1$s"},
         "type":"bootstrap.kubernetes.io/token","data":{"token-id":"%2$s","token-secret":"%3$s",
         "usage-bootstrap-authentication":"%4$s","expiration":"%5$s"}}
        """
            .formatted(id, base64(id), base64(secret), base64("true"), base64(expiration)));
    return id + "." + secret;
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static HttpRequest get(String path, String token) {
    return HttpRequest.newBuilder(URI.create(APPLIANCE.server() + path))
        .header("authorization", "Bearer " + token)
        .build();
  }

  private static int code(String token) throws Exception {
    return client.send(get(CONFIG_MAPS, token), BodyHandlers.discarding()).statusCode();
  }

  /// A watch that has begun.
  private static final class Watch {
    final List<String> events = new CopyOnWriteArrayList<>();
    final CompletableFuture<Void> ended;

    Watch(String token) throws Exception {
      HttpResponse<Stream<String>> answer =
          client.send(get(CONFIG_MAPS + "?watch=true", token), BodyHandlers.ofLines());
      assertThat(answer.statusCode()).isEqualTo(200);
      ended =
          CompletableFuture.runAsync(
              () -> answer.body().forEach(events::add), Thread::startVirtualThread);
    }

    boolean hasSeen(String name) {
      return events.stream().anyMatch(event -> event.contains('"' + name + '"'));
    }
  }

  private static void isSeenBy(String name, Watch... watches) throws Exception {
    created(
        CONFIG_MAPS,
        "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"" + name + "\"}}");
    for (Watch watch : watches) {
      eventually("the watch is alive", () -> watch.hasSeen(name));
    }
  }

  @Test
  void aWatchEndsWithItsIssuer() throws Exception {
    var watch = new Watch(issuer.token("croft", "bob", "dev"));
    isSeenBy("before-issuer", watch);

    Files.writeString(
        configuration,
        "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwt: []\n");

    eventually("it ends", watch.ended::isDone);
    assertThat(code(issuer.token("croft", "bob", "dev"))).isEqualTo(401);
  }

  @Test
  void aWatchEndsWithItsBootstrapToken() throws Exception {
    String far = Instant.now().plus(1, ChronoUnit.DAYS).truncatedTo(ChronoUnit.SECONDS).toString();
    String deleted = bootstrapToken("aaaaaa", far);
    String kept = bootstrapToken("bbbbbb", far);
    Instant end = Instant.now().plusSeconds(LIFE_SECONDS).truncatedTo(ChronoUnit.SECONDS);
    String expiring = bootstrapToken("cccccc", end.toString());
    var expires = new Watch(expiring);
    var withdrawn = new Watch(deleted);
    var stays = new Watch(kept);
    isSeenBy("before-tokens", stays, withdrawn);

    assertThat(admin.delete(SECRETS + "/bootstrap-token-aaaaaa").status()).isEqualTo(200);
    eventually("it ends with the Secret", withdrawn.ended::isDone);
    assertThat(code(deleted)).isEqualTo(401);

    eventually("it ends with the token's time", expires.ended::isDone);
    assertThat(Instant.now()).isAfterOrEqualTo(end);
    assertThat(code(expiring)).isEqualTo(401);

    isSeenBy("after-tokens", stays);
    assertThat(stays.ended).isNotDone();
  }
}
