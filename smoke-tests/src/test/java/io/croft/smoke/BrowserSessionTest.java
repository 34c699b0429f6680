package io.croft.smoke;

import static io.croft.smoke.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Sessions of browsers, and how everything that a user has open ends with the user.
@Tag("S-5")
@Tag("S-7")
class BrowserSessionTest {
  private static final String PASSWORD = "correct horse battery";
  private static final String CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
  private static final String SESSION = "__Host-croft-session";

  @RegisterExtension static final Appliance APPLIANCE = new Appliance();

  @Test
  void aBrowserLogsInReadsWritesAndLogsOut() throws Exception {
    createEditor("alice");
    try (var browser = new Browser(APPLIANCE);
        var other = new Browser(APPLIANCE)) {
      assertThat(browser.get(CONFIG_MAPS).statusCode()).isEqualTo(401);
      assertThat(browser.logIn("alice", "wrong").statusCode()).isEqualTo(403);
      HttpResponse<String> loggedIn = browser.logIn("alice", PASSWORD);
      assertThat(loggedIn.statusCode()).isEqualTo(303);
      assertThat(loggedIn.headers().firstValue("location")).contains("/version");
      assertThat(browser.cookies()).containsKey(SESSION);
      assertThat(other.logIn("alice", PASSWORD).statusCode()).isEqualTo(303);

      assertThat(browser.get(CONFIG_MAPS).statusCode()).isEqualTo(200);
      assertThat(browser.get("/api/v1/namespaces/croft-identity/secrets").statusCode())
          .isEqualTo(403);
      assertThat(
              browser.write("POST", CONFIG_MAPS, "application/json", configMap("a")).statusCode())
          .isEqualTo(201);

      JsonNode sessions = Api.MAPPER.readTree(browser.get("/identity/sessions").body());
      assertThat(sessions.path("sessions")).hasSize(2);
      assertThat(sessions.findValuesAsText("current")).containsOnlyOnce("true");
      assertThat(
              browser
                  .write(
                      "POST",
                      "/identity/sessions",
                      "application/x-www-form-urlencoded",
                      "end=others")
                  .statusCode())
          .isEqualTo(200);
      assertThat(other.get(CONFIG_MAPS).statusCode()).isEqualTo(401);

      Map<String, String> kept = new LinkedHashMap<>(browser.cookies());
      assertThat(
              browser
                  .write("POST", "/identity/logout", "application/x-www-form-urlencoded", "")
                  .statusCode())
          .isEqualTo(204);
      assertThat(browser.cookies()).doesNotContainKey(SESSION);
      browser.cookies().putAll(kept);
      assertThat(browser.get(CONFIG_MAPS).statusCode()).isEqualTo(401); // ended, not only forgotten
    }
    assertThat(
            new Kubectl(APPLIANCE)
                .text(
                    "get", "secrets", "-n", "croft-identity", "-l", "identity.croft.io/user=alice"))
        .doesNotContain("session-");
  }

  @Test
  void otherSitesGetNothingByACookie() throws Exception {
    createEditor("bob");
    try (var browser = new Browser(APPLIANCE)) {
      browser.logIn("bob", PASSWORD);
      var forged = new LinkedHashMap<String, HttpRequest.Builder>();
      forged.put("no header", write(browser));
      forged.put(
          "origin", write(browser, "x-croft-request", "1", "origin", "https://evil.example"));
      forged.put(
          "neighbour by port",
          write(browser, "x-croft-request", "1", "origin", "https://127.0.0.1:1"));
      forged.put("null", write(browser, "x-croft-request", "1", "origin", "null"));
      forged.put(
          "same site", write(browser, "x-croft-request", "1", "sec-fetch-site", "same-site"));
      forged.put(
          "cross site", write(browser, "x-croft-request", "1", "sec-fetch-site", "cross-site"));
      forged.put(
          "read by another page",
          browser.request(CONFIG_MAPS).header("sec-fetch-site", "cross-site"));
      forged.put(
          "read by a neighbour",
          browser.request(CONFIG_MAPS).header("origin", "https://127.0.0.1"));
      forged.put(
          "logout",
          browser
              .request("/identity/logout")
              .header("origin", "https://evil.example")
              .POST(BodyPublishers.noBody()));
      for (var request : forged.entrySet()) {
        assertThat(browser.send(request.getValue()).statusCode())
            .as(request.getKey())
            .isEqualTo(401);
      }

      String good = browser.cookies().get(SESSION);
      for (String bad :
          new String[] {
            "", "x", good.substring(1), good + "x", good.split("\\.")[0] + ".", "a; b"
          }) {
        browser.cookies().put(SESSION, bad);
        assertThat(browser.get(CONFIG_MAPS).statusCode()).as(bad).isEqualTo(401);
      }
      browser.cookies().put(SESSION, good);
      assertThat(browser.get(CONFIG_MAPS).statusCode()).isEqualTo(200);
    }
    assertThat(Files.readString(APPLIANCE.dataDirectory().resolve("logs/audit.log")))
        .contains("the request comes from another site");
  }

  private static HttpRequest.Builder write(Browser browser, String... headers) {
    HttpRequest.Builder request =
        browser
            .request(CONFIG_MAPS)
            .header("content-type", "application/json")
            .POST(BodyPublishers.ofString(configMap("forged")));
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    return request;
  }

  /// How long it takes is printed, not judged.
  @Test
  void aDisabledUserIsOutWithEverything() throws Exception {
    createEditor("carol");
    var login = new DeviceLogin(APPLIANCE);
    JsonNode tokens = login.logIn("carol", PASSWORD);
    try (var browser = new Browser(APPLIANCE);
        var program = new Browser(APPLIANCE)) {
      browser.logIn("carol", PASSWORD);
      String bearer = "Bearer " + tokens.path("id_token").asText();
      String watch = CONFIG_MAPS + "?watch=1";
      CompletableFuture<Long> byCookie = ended(browser.lines(watch));
      CompletableFuture<Long> byToken =
          ended(program.lines(program.request(watch).header("authorization", bearer)));
      assertThat(
              program
                  .send(program.request(CONFIG_MAPS).header("authorization", bearer))
                  .statusCode())
          .isEqualTo(200);
      assertThat(byCookie).isNotDone();
      assertThat(byToken).isNotDone();

      long start;
      try (Api admin = APPLIANCE.api()) {
        String path = "/apis/identity.croft.io/v1alpha1/users/carol";
        var user = (ObjectNode) admin.get(path).json();
        user.withObject("/spec").put("disabled", true);
        start = System.nanoTime();
        assertThat(admin.put(path, user.toString()).status()).isEqualTo(200);
      }
      assertThat(browser.get(CONFIG_MAPS).statusCode()).isEqualTo(401);
      assertThat(
              program
                  .send(program.request(CONFIG_MAPS).header("authorization", bearer))
                  .statusCode())
          .isEqualTo(401);
      assertThat(login.refresh(tokens.path("refresh_token").asText()).path("error").asText())
          .isEqualTo("invalid_grant");
      long others = System.nanoTime() - start;
      long cookie = byCookie.get(60, TimeUnit.SECONDS) - start;
      long token = byToken.get(60, TimeUnit.SECONDS) - start;
      System.out.printf(
          "disabled: cookie, ID token and refresh token refused within %d ms; watches ended after"
              + " %d and %d ms%n",
          others / 1_000_000, cookie / 1_000_000, token / 1_000_000);
      assertThat(browser.logIn("carol", PASSWORD).statusCode()).isEqualTo(403);
    }
  }

  /// When a watch has ended, by `System.nanoTime`.
  private static CompletableFuture<Long> ended(Stream<String> lines) {
    Supplier<Long> end =
        () -> {
          lines.forEach(_ -> {});
          return System.nanoTime();
        };
    return CompletableFuture.supplyAsync(end, Thread::startVirtualThread);
  }

  private static void createEditor(String name) throws Exception {
    APPLIANCE.identity();
    APPLIANCE
        .croft("user", "create", name, "--password-fd", "0")
        .reading(PASSWORD)
        .run()
        .succeeded();
    new Kubectl(APPLIANCE)
        .text("create", "rolebinding", name, "--clusterrole=edit", "--user=" + name);
    try (Api admin = APPLIANCE.api()) {
      eventually(
          "the binding counts",
          () ->
              admin
                  .post(
                      "/apis/authorization.k8s.io/v1/subjectaccessreviews",
                      "{\"kind\":\"SubjectAccessReview\",\"apiVersion\":\"authorization.k8s.io/v1\",\"spec\":{\"user\":\""
                          + name
                          + "\",\"resourceAttributes\":{\"verb\":\"list\",\"resource\":\"configmaps\",\"namespace\":\"default\"}}}")
                  .json()
                  .path("status")
                  .path("allowed")
                  .asBoolean());
    }
  }

  private static String configMap(String name) {
    return "{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\""
        + name
        + "\"}}";
  }
}
